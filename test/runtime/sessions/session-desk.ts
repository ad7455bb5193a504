import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, request as httpRequest } from "node:http";
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Middleware, RequestRecord } from "@gatewright/runtime";
import { createPolicyGate } from "@gatewright/runtime/abi";
import type { Gate, GateArguments, SerializedSnapshot } from "@gatewright/runtime/abi";
import { credentials } from "@gatewright/runtime/abi/credentials";
import { cors } from "@gatewright/runtime/abi/cors";
import { challenged, dpop } from "@gatewright/runtime/abi/dpop";
import { forwarded } from "@gatewright/runtime/abi/forwarded";
import { revocation } from "@gatewright/runtime/abi/revocation";
import { ring as keys } from "@gatewright/runtime/abi/ring";
import { createPolicySessions } from "@gatewright/runtime/abi/sessions";
import type {
  Account,
  Login,
  SessionEvent,
  Sessions,
  SessionsOptions,
} from "@gatewright/runtime/abi/sessions";
import type { KeyRing } from "@gatewright/runtime/issuer";
import { createRevocations } from "@gatewright/runtime/revocations";
import type { Revocations } from "@gatewright/runtime/revocations";
import { createMemorySessionStore } from "@gatewright/runtime/sessions/memory";
import { compileSnapshot } from "../../agreement/compile-policy.js";
import { hosts } from "../../agreement/load-hosts.js";
import type { LoosePolicy } from "../../agreement/loose-policy.js";
import { AUDIENCE, ISSUER, NOW } from "../authenticate/token-forge.js";
import { documentWith, ringOf } from "../ring/ring-desk.js";

export interface SessionPolicyParts {
  /** Lines under `sessions`. */
  readonly sessions?: string;
  /** Memory where it is left out. */
  readonly store?: string;
  /** Entries of `sessions.clients`. */
  readonly clients?: string;
  readonly issuer?: string;
  readonly more?: string;
  readonly revocation?: string;
}

/** A policy whose service keeps sessions for pages and for an application. */
export function sessionPolicy(parts: SessionPolicyParts = {}): SerializedSnapshot {
  const text = `
gatewright: 1
resources: { orders: { actions: [read] }, tokens: { actions: [inspect] } }
roles:
  clerk: { grants: [orders.read] }
  service: { grants: [tokens.inspect] }
routes:
  /login: { POST: public }
  /session:
    /refresh: { POST: public }
    /logout: { POST: public }
    /logout-all: { POST: authenticated }
  /sessions: { GET: authenticated }
  /sessions/:id: { DELETE: authenticated }
  /oauth/revoke: { POST: public }
  /oauth/introspect: { POST: tokens.inspect }
  /orders: { GET: orders.read }
principal: { roles: roles, scopes: scope, tenant: org, claims: { email: { type: string, optional: true } } }
tokens:
  desk:
    issuer: "${ISSUER}"
    audience: ${AUDIENCE}
    algorithms: [ES256]
    keys: { ring: { from: application } }
    maxLifetime: 15m
${parts.issuer ?? ""}
revocation: ${parts.revocation ?? "{ store: memory }"}
sessions:
  secret: { environment: SESSION_SECRET }
${parts.store === undefined ? "  volatile: these tests end with their process" : `  store: ${parts.store}`}
${parts.sessions ?? ""}
  clients:
    pages: { flow: browser, origins: ["https://desk.example"] }
    app: { flow: native }
${parts.clients ?? ""}
${parts.more ?? ""}`;
  return compileSnapshot([{ path: "policies/policy.yaml", text }]);
}

/** 32 bytes of no meaning. */
export const SECRET = Buffer.from(
  Array.from({ length: 32 }, (_, index) => (index * 73 + 41) % 251),
).toString("base64url");

type Options = Partial<SessionsOptions<LoosePolicy>>;

export interface SessionDeskOptions extends Options {
  readonly snapshot?: SerializedSnapshot;
  readonly clock?: () => number;
  readonly gateRing?: KeyRing;
  /** What else the gate of this policy needs. */
  readonly supplied?: object;
  /** Who `/login` says has logged in; by default the JSON body. */
  readonly login?: (body: Readonly<Record<string, unknown>>) => Login;
}

export interface SessionDesk {
  readonly port: number;
  readonly sessions: Sessions;
  readonly gate: Gate<LoosePolicy>;
  readonly revocations: Revocations;
  readonly ring: KeyRing;
  readonly events: readonly SessionEvent[];
  /** What went to `onError`. */
  readonly errors: readonly unknown[];
  /** The audit log so far. */
  log(): Promise<string>;
  close(): Promise<readonly (RequestRecord | SessionEvent)[]>;
}

export const clerk: Account<LoosePolicy> = { roles: ["clerk"], tenant: "north" };

/** A gate with sessions behind a server of `node:http`. */
export async function openSessionDesk(options: SessionDeskOptions = {}): Promise<SessionDesk> {
  const { snapshot = sessionPolicy(), clock = () => NOW * 1000, login = loginOf } = options;
  const cwd = await mkdtemp(join(tmpdir(), "gatewright-"));
  const ring = options.ring ?? ringOf(documentWith(["ES256"]), clock);
  const revocations = options.revocations ?? createRevocations(snapshot, { now: clock });
  const events: SessionEvent[] = [];
  const errors: unknown[] = [];
  const environment = options.environment ?? { SESSION_SECRET: SECRET };
  const settings = {
    environment,
    cwd,
    now: clock,
    rings: { desk: ring },
    onError: (error: unknown) => errors.push(error),
    ...("revocation" in snapshot ? { revocations } : {}),
    ...options.supplied,
  };
  const features = {
    hosts,
    keys,
    scopes: true as const,
    forwarded,
    cors: challenged(cors),
    credentials: credentials({ dpop, revocation }),
  };
  const gate = createPolicyGate<LoosePolicy>(
    snapshot,
    features,
    // The compiler does not know this policy, nor what it needs.
    settings as unknown as NonNullable<GateArguments<LoosePolicy>[0]>,
  );
  const sessions = createPolicySessions<LoosePolicy>(snapshot, gate, {
    store: createMemorySessionStore({ now: clock }),
    account: () => clerk,
    ...options,
    ring,
    revocations,
    environment,
    cwd,
    onEvent(event) {
      events.push(event);
      options.onEvent?.(event);
    },
  });
  const server = createServer((request, response) => {
    gate(request, response, () => route(request, response));
  });
  const route = (request: IncomingMessage, response: ServerResponse) => {
    const path = request.url?.split("?")[0] ?? "";
    if (path === "/login") {
      void readJson(request).then(
        (body) => sessions.login(request, response, login(body)),
        () => response.destroy(),
      );
      return;
    }
    const handler =
      handlersOf(sessions)[`${request.method} ${path.replace(/^(\/sessions)\/.*/, "$1/:id")}`];
    if (handler === undefined) response.end("served");
    else handler(request, response);
  };
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  const log = () => readFile(join(cwd, snapshot.audit.sink.path), "utf8");
  return {
    port,
    sessions,
    gate,
    revocations,
    ring,
    events,
    errors,
    log,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await gate.shutdown();
      const text = await log();
      await rm(cwd, { recursive: true });
      const lines = text.split("\n").filter((line) => line !== "");
      return lines.map((line): RequestRecord | SessionEvent => JSON.parse(line));
    },
  };
}

function handlersOf(sessions: Sessions): Readonly<Record<string, Middleware>> {
  return {
    "POST /session/refresh": sessions.refresh,
    "POST /session/logout": sessions.logout,
    "POST /session/logout-all": sessions.logoutAll,
    "GET /sessions": sessions.list,
    "DELETE /sessions/:id": sessions.kill,
    "POST /oauth/revoke": sessions.revoke,
    "POST /oauth/introspect": sessions.introspect,
  };
}

async function readJson(request: IncomingMessage): Promise<Readonly<Record<string, unknown>>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return JSON.parse(Buffer.concat(chunks).toString() || "{}");
}

function loginOf(body: Readonly<Record<string, unknown>>): Login {
  return { id: "u1", clientId: "pages", ...body };
}

export interface Sent {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The body, where it is JSON. */
  readonly json: Readonly<Record<string, unknown>>;
  readonly cookies: readonly string[];
}

/** Sends one request and nothing that was not asked for. */
export function send(port: number, path: string, sent: Sent = {}): Promise<Answer> {
  const { method = "POST", headers = {}, body = "" } = sent;
  return new Promise((resolve, reject) => {
    const length = body === "" ? {} : { "Content-Length": String(Buffer.byteLength(body)) };
    const outgoing = httpRequest(
      { host: "127.0.0.1", port, path, method, headers: { ...length, ...headers } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          const text = Buffer.concat(chunks).toString();
          const json = text.startsWith("{") ? JSON.parse(text) : {};
          const cookies = response.headers["set-cookie"] ?? [];
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text,
            json,
            cookies,
          });
        });
      },
    );
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

/** What a page of the service sends with each request of its own. */
export const pageHeaders = { "x-gatewright": "1", "sec-fetch-site": "same-origin" } as const;

/** A browser's jar for one host: what answers set, requests bring. */
export interface Jar {
  readonly cookies: Map<string, string>;
  post(path: string, sent?: Sent): Promise<Answer>;
}

export function openJar(port: number): Jar {
  const cookies = new Map<string, string>();
  return {
    cookies,
    async post(path, sent = {}) {
      const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
      const carried = cookie === "" ? {} : { cookie };
      const headers = { ...pageHeaders, ...carried, ...sent.headers };
      const answer = await send(port, path, { ...sent, headers });
      for (const line of answer.cookies) {
        const [pair = "", ...attributes] = line.split("; ");
        const at = pair.indexOf("=");
        const isGone = attributes.includes("Max-Age=0");
        if (isGone) cookies.delete(pair.slice(0, at));
        else cookies.set(pair.slice(0, at), pair.slice(at + 1));
      }
      return answer;
    },
  };
}

/** A native client: its tokens travel in bodies. */
export function refreshNatively(
  port: number,
  refreshToken: string,
  fields: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const form = {
    grant_type: "refresh_token",
    refresh_token: refreshToken,
    client_id: "app",
    ...fields,
  };
  return send(port, "/session/refresh", {
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams(form).toString(),
  });
}

export async function loginNatively(
  port: number,
  login: Readonly<Record<string, unknown>> = {},
): Promise<{ readonly access: string; readonly refresh: string; readonly answer: Answer }> {
  const body = JSON.stringify({ clientId: "app", ...login });
  const headers = { "content-type": "application/json" };
  const answer = await send(port, "/login", { headers, body });
  const { access_token: access, refresh_token: refresh } = answer.json;
  return { access: String(access), refresh: String(refresh), answer };
}

/** The claims of a JWT, unverified. */
export function claimsOf(token: unknown): Readonly<Record<string, unknown>> {
  return JSON.parse(Buffer.from(String(token).split(".")[1] ?? "", "base64url").toString());
}

export function bearer(token: unknown): { readonly authorization: string } {
  return { authorization: `Bearer ${String(token)}` };
}
