import { mkdtempSync } from "node:fs";
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createPolicyGate } from "@gatewright/runtime/abi";
import type { Gate, GateArguments, SerializedSnapshot } from "@gatewright/runtime/abi";
import { auditLog as feature, openPolicyAuditLog } from "@gatewright/runtime/abi/audit-log";
import type { AuditLog, AuditLogAlert, AuditLogOptions } from "@gatewright/runtime/abi/audit-log";
import type { Middleware } from "@gatewright/runtime";
import { keys } from "@gatewright/runtime/abi/keys";
import { opener as jsonl } from "@gatewright/runtime/audit/jsonl";
import { opener as postgres } from "@gatewright/runtime/audit/postgres";
import { opener as sqlite } from "@gatewright/runtime/audit/sqlite";
import { opener as stdout } from "@gatewright/runtime/audit/stdout";
import { opener as webhook } from "@gatewright/runtime/audit/webhook";
import { compileSnapshot } from "../../../agreement/compile-policy.js";
import { hosts } from "../../../agreement/load-hosts.js";
import type { LoosePolicy } from "../../../agreement/loose-policy.js";
import { AUDIENCE, createSigner, forge, ISSUER, NOW } from "../../authenticate/token-forge.js";

export const signer = createSigner("HS256");

export const ROOT = Buffer.from(
  Array.from({ length: 32 }, (_, index) => (index * 59 + 17) % 251),
).toString("base64url");

/** A policy with a log: `audit` is what stands under it, `routes` what its routes say besides, `rest` what else it has. */
export function logPolicy(audit: string, routes = "audit: auth", rest = ""): SerializedSnapshot {
  const text = `
gatewright: 1
resources: { orders: { actions: [read, refund] } }
roles: { clerk: { grants: [orders.read, orders.refund] }, guest: {} }
routes:
  /orders/:id: { GET: orders.read }
  /orders/:id/refund: { POST: { permissions: orders.refund, ${routes} } }
  /health: { GET: public }
principal: { roles: roles, tenant: org }
tokens:
  desk: { issuer: "${ISSUER}", audience: ${AUDIENCE}, algorithms: [HS256], keys: { environment: KEYS } }
audit:
${audit.trim().replaceAll(/^/gm, "  ")}
${rest}`;
  return compileSnapshot([{ path: "policies/policy.yaml", text }]);
}

export const PLAIN = `
log: {}
categories: { auth: { overflow: fail_closed }, config_change: { overflow: fail_closed } }
`;

export interface LogDesk {
  readonly gate: Gate<LoosePolicy>;
  readonly log: AuditLog;
  readonly alerts: readonly AuditLogAlert[];
  readonly cwd: string;
  readonly url: string;
  send(path: string, init?: RequestInit & { readonly token?: string | null }): Promise<Response>;
  /** Shuts the gate down, and the server. */
  close(): Promise<void>;
}

export interface LogDeskOptions extends AuditLogOptions {
  readonly handler?: (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;
  readonly gateOptions?: object;
  /** How the gate is put before the handler; as one handler by default. */
  readonly mount?: (gate: Gate<LoosePolicy>, handler: Middleware) => Middleware;
}

/** A service with a policy that has a log, over real HTTP. */
export async function openLogDesk(
  snapshot: SerializedSnapshot,
  { handler = answer, gateOptions, mount = asOne, ...options }: LogDeskOptions = {},
): Promise<LogDesk> {
  const { cwd = mkdtempSync(join(tmpdir(), "gatewright-log-")) } = options;
  const environment = { KEYS: String(signer.jwk["k"]), ROOT, ...options.environment };
  const alerts: AuditLogAlert[] = [];
  const log = await openPolicyAuditLog(
    snapshot,
    { jsonl, postgres, sqlite, stdout, webhook },
    { onAlert: (alert) => alerts.push(alert), ...options, environment, cwd },
  );
  const settings = {
    environment,
    cwd,
    now: () => NOW * 1000,
    onError: () => undefined,
    auditLog: log,
    ...gateOptions,
  };
  const gate = createPolicyGate<LoosePolicy>(
    snapshot,
    { hosts, keys, auditLog: feature },
    settings as unknown as NonNullable<GateArguments<LoosePolicy>[0]>,
  );
  const listener = mount(gate, (request, response) => void handler(request, response));
  const server = createServer((request, response) => {
    listener(request, response, () => void response.writeHead(404).end());
  });
  await listen(server);
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  return {
    gate,
    log,
    alerts,
    cwd,
    url,
    send(path, { token = tokenOf("clerk"), ...init } = {}) {
      const headers = {
        ...(token !== null && { authorization: `Bearer ${token}` }),
        ...(init.headers as Record<string, string>),
      };
      return fetch(`${url}${path}`, { ...init, headers });
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await gate.shutdown();
    },
  };
}

export function tokenOf(role: string, claims: object = {}): string {
  return forge(signer, { claims: { roles: [role], org: "north", ...claims } });
}

function asOne(gate: Gate<LoosePolicy>, handler: Middleware): Middleware {
  return (request, response, next) =>
    gate(request, response, () => handler(request, response, next));
}

function answer(_request: IncomingMessage, response: ServerResponse): void {
  response.end("done");
}

function listen(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
}
