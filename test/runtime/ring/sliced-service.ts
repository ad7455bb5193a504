import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createPolicyGate } from "@gatewright/runtime/abi";
import { ring } from "@gatewright/runtime/abi/ring";
import { createPolicyIssuer, openKeyRing } from "@gatewright/runtime/issuer";
import type { LoosePolicy } from "../../agreement/loose-policy.js";
import { hosts } from "../../agreement/load-hosts.js";

/** What the parent says to the service, and hears of it. */
export type Order = { readonly now: number } | { readonly issue: true };
export type Answer =
  | { readonly port: number }
  | { readonly token: string }
  | { readonly done: true };

// One of two services that share a master and nothing else; the parent sets its clock.
let seconds = 0;
const now = () => seconds * 1000;
const [, , snapshotText = "", cwd = "", master = ""] = process.argv;
const snapshot = JSON.parse(snapshotText);
const environment = { MASTER: master };
const gate = createPolicyGate<LoosePolicy>(
  snapshot,
  { hosts, keys: ring },
  { environment, cwd, now },
);
const own = openKeyRing({ text: master, settings: { strategy: "sliced" } }, { now });
const issuer = createPolicyIssuer<LoosePolicy>(snapshot, { ring: own, now });
const server = createServer((request, response) => {
  gate(request, response, () => response.end(gate.principal(request)?.id));
});

const say = (answer: Answer) => process.send?.(answer);
process.on("message", async (order: Order) => {
  if ("now" in order) {
    seconds = order.now;
    say({ done: true });
  } else {
    const { token } = await issuer.issue({ id: "u1", clientId: "till", roles: ["clerk"] });
    say({ token });
  }
});
server.listen(0, "127.0.0.1", () => say({ port: (server.address() as AddressInfo).port }));
