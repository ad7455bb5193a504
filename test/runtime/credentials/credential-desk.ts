import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RequestRecord } from "@gatewright/runtime";
import { createPolicyGate } from "@gatewright/runtime/abi";
import type { GateArguments, SerializedSnapshot, UpgradeHandler } from "@gatewright/runtime/abi";
import { application } from "@gatewright/runtime/abi/application";
import { cache } from "@gatewright/runtime/abi/cache";
import { credentials } from "@gatewright/runtime/abi/credentials";
import { challenged, dpop } from "@gatewright/runtime/abi/dpop";
import { cors } from "@gatewright/runtime/abi/cors";
import { forwarded } from "@gatewright/runtime/abi/forwarded";
import { keys } from "@gatewright/runtime/abi/keys";
import { revocation } from "@gatewright/runtime/abi/revocation";
import { strategies } from "@gatewright/runtime/abi/strategies";
import { upgrades } from "@gatewright/runtime/abi/upgrades";
import { compileSnapshot } from "../../agreement/compile-policy.js";
import { hosts } from "../../agreement/load-hosts.js";
import type { LoosePolicy } from "../../agreement/loose-policy.js";
import { sendAll } from "../../agreement/raw-client.js";
import type { RawRequest, RawResponse } from "../../agreement/raw-client.js";
import { attachLoosely } from "../../gate/gate-policy.js";
import { AUDIENCE, ISSUER, NOW } from "../authenticate/token-forge.js";

/** A policy with routes for requests and for an upgrade; `token` and `more` say what is asked of credentials. */
export function credentialPolicy({
  algorithm = "HS256",
  token = "",
  principal = "{ roles: roles, tenant: org }",
  more = "",
}): SerializedSnapshot {
  const text = `
gatewright: 1
resources: { orders: { actions: [read, write] } }
roles: { clerk: { grants: ["orders.*"] } }
routes:
  /orders: { GET: orders.read, POST: orders.write }
  /orders/:id: { GET: orders.read }
  /feed: { GET: { permissions: orders.read, upgrade: websocket, origins: [] } }
  /open: { GET: { access: public, identity: optional } }
principal: ${principal}
tokens:
  desk:
    issuer: "${ISSUER}"
    audience: ${AUDIENCE}
    algorithms: [${algorithm}]
    keys: { environment: KEYS }
    maxLifetime: 15m
${token}
${more}`;
  return compileSnapshot([{ path: "policies/policy.yaml", text }]);
}

type Options = NonNullable<GateArguments<LoosePolicy>[0]>;

export interface CredentialDeskOptions {
  readonly snapshot: SerializedSnapshot;
  /** What the issuer's keys are, as the variable `KEYS` says them. */
  readonly keys: string;
  /** What this policy needs of its application. */
  readonly supplied?: object;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
  readonly onUpgrade?: UpgradeHandler<LoosePolicy, string>;
}

export interface CredentialDesk {
  readonly port: number;
  send(...requests: readonly RawRequest[]): Promise<readonly RawResponse[]>;
  swap(snapshot: SerializedSnapshot): void;
  /** Stops the service; what it recorded, in the order of its decisions. */
  close(): Promise<readonly RequestRecord[]>;
}

/** A gate with all that can be asked of credentials, behind a server. */
export async function openCredentialDesk(options: CredentialDeskOptions): Promise<CredentialDesk> {
  const { snapshot, supplied, now = () => NOW * 1000, onUpgrade = dropUpgrade } = options;
  const cwd = await mkdtemp(join(tmpdir(), "gatewright-"));
  const features = {
    hosts,
    keys,
    application,
    upgrades,
    forwarded,
    cors: challenged(cors),
    credentials: credentials({ cache, strategies, dpop, revocation }),
  };
  // The compiler does not know this policy, nor what it needs.
  const settings = { environment: { KEYS: options.keys }, cwd, now, onError: ignore, ...supplied };
  const gate = createPolicyGate<LoosePolicy>(snapshot, features, settings as Options);
  const server = createServer((request, response) => {
    gate(request, response, () => response.end("served"));
  });
  attachLoosely(gate, server, { "GET /feed": onUpgrade });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    port,
    send: (...requests) => sendAll(port, requests),
    swap: (replacement) => gate.swap(replacement),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await gate.shutdown();
      const text = await readFile(join(cwd, snapshot.audit.sink.path), "utf8");
      await rm(cwd, { recursive: true });
      return text
        .split("\n")
        .filter((line) => line !== "")
        .map((line): RequestRecord => JSON.parse(line));
    },
  };
}

/** A request for GET /orders with a value of `Authorization`. */
export function withAuthorization(value: string, target = "/orders"): RawRequest {
  return { method: "GET", target, headers: { Authorization: value } };
}

const dropUpgrade: UpgradeHandler<LoosePolicy, string> = (_, socket) => socket.destroy();

function ignore(): void {
  // What fails shows in the answers.
}
