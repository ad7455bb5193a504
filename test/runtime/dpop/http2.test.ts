import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect, createServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createPolicyGate } from "@gatewright/runtime/abi";
import { credentials } from "@gatewright/runtime/abi/credentials";
import { challenged, dpop } from "@gatewright/runtime/abi/dpop";
import { keys } from "@gatewright/runtime/abi/keys";
import { upgrades } from "@gatewright/runtime/abi/upgrades";
import { expect, it } from "vitest";
import { hosts } from "../../agreement/load-hosts.js";
import type { LoosePolicy } from "../../agreement/loose-policy.js";
import { NOW } from "../authenticate/token-forge.js";
import { client, issuer, policyWith, token } from "./dpop-desk.js";
import { proofFor } from "./proof-maker.js";

it("V23: over HTTP/2, the authority is the host of a proof's URI", async () => {
  const cwd = await mkdtemp(join(tmpdir(), "gatewright-"));
  const features = {
    hosts,
    keys,
    upgrades,
    cors: challenged(),
    credentials: credentials({ dpop }),
  };
  const environment = { KEYS: String(issuer.jwk["k"]) };
  const settings = { environment, cwd, now: () => NOW * 1000 };
  const gate = createPolicyGate<LoosePolicy>(policyWith("", "required"), features, settings);
  const server = createServer((request, response) => {
    const [asked, answer] = [request as unknown, response as unknown];
    gate(asked as IncomingMessage, answer as ServerResponse, () => response.end("served"));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const session = connect(origin);
  const ask = async (htu: string) => {
    const proof = proofFor(client, token, { claims: { htu } });
    const stream = session.request({
      ":path": "/orders",
      authorization: `DPoP ${token}`,
      dpop: proof,
    });
    const [headers] = await once(stream, "response");
    stream.resume();
    return headers[":status"];
  };
  expect(await ask(`${origin}/orders`)).toBe(200);
  expect(await ask("http://desk.example/orders")).toBe(401);
  session.close();
  server.close();
  await gate.shutdown();
  await rm(cwd, { recursive: true });
});
