import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createPolicyGate } from "@gatewright/runtime/abi";
import type { GateArguments, SerializedSnapshot } from "@gatewright/runtime/abi";
import { credentials } from "@gatewright/runtime/abi/credentials";
import { keys } from "@gatewright/runtime/abi/keys";
import { revocation } from "@gatewright/runtime/abi/revocation";
import { upgrades } from "@gatewright/runtime/abi/upgrades";
import { createRevocations } from "@gatewright/runtime/revocations";
import { Redis } from "ioredis";
import type { LoosePolicy } from "../../agreement/loose-policy.js";

/** What a test tells the service to revoke. */
export interface Order {
  readonly issuer: string;
  readonly id: string;
}

/** One node of a service, as a process of its own: snapshot, folder, key, port and prefix come as arguments. */
const [snapshotText = "", cwd = "", key = "", redisPort = "", prefix = ""] = process.argv.slice(2);
const snapshot: SerializedSnapshot = JSON.parse(snapshotText);
const client = new Redis({ port: Number(redisPort), host: "127.0.0.1" });
const revocations = createRevocations(snapshot, { client, prefix });
const options = { environment: { KEYS: key }, cwd, revocations };
const gate = createPolicyGate<LoosePolicy>(
  snapshot,
  {
    hosts: () => import("@gatewright/runtime/abi/hosts"),
    keys,
    upgrades,
    credentials: credentials({ revocation }),
  },
  options as unknown as NonNullable<GateArguments<LoosePolicy>[0]>,
);
const server = createServer((request, response) => {
  gate(request, response, () => response.end("served"));
});
process.on("message", (order: Order) => {
  void revocations.revokeSession(order).then(() => process.send?.({ revoked: order.id }));
});
await revocations.ready();
server.listen(0, "127.0.0.1", () => {
  process.send?.({ port: (server.address() as AddressInfo).port });
});
