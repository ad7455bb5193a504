import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { RequestRecord } from "@gatewright/runtime";
import { createTestIssuer } from "@gatewright/runtime/testing";
import type { TestPrincipal } from "@gatewright/runtime/testing";
import { readRecords } from "../../examples/order-desk/read-records.js";
import { startService } from "../../examples/order-desk/start-service.js";
import type { ServiceOptions } from "../../examples/order-desk/start-service.js";
import { snapshot } from "../../generated/index.js";
import type { Policy, Role } from "../../generated/index.js";

/** What every caller uses to reach the service. */
export const CLIENT = "order-desk-pages";

export type Caller = TestPrincipal<Policy>;

export interface Message {
  /** Roles of a caller from the main street who has just signed in; left out, no token is sent. */
  readonly as?: readonly Role[];
  /** A caller who is said in full; instead of those roles. */
  readonly by?: Caller;
  /** Sent instead of a token of either. */
  readonly token?: string;
  /** Sent as JSON; a text as it is. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body, read as JSON. */
  readonly json: () => any; // Tests look into bodies of every shape.
}

export interface Log {
  readonly text: string;
  readonly records: readonly RequestRecord[];
  /** The one record of an answer; throws where there is none or another. */
  recordOf(answer: Answer): RequestRecord;
}

export interface Desk {
  readonly url: string;
  readonly port: number;
  sign(roles: readonly Role[], lifetime?: number): Promise<string>;
  signBy(caller: Caller): Promise<string>;
  send(line: string, message?: Message): Promise<Answer>;
  /** Stops the service; what its audit file then holds. */
  close(): Promise<Log>;
}

/** The sample service on a port of its own, with keys and an audit file of its own. */
export async function openDesk(
  app: ServiceOptions["app"] = {},
  options: Pick<ServiceOptions, "accounts" | "certificate"> = {},
): Promise<Desk> {
  const issuer = await createTestIssuer<Policy>(snapshot);
  const { cwd = "", environment = {}, rings = {} } = issuer.options;
  const { pages: ring } = rings;
  if (ring === undefined) throw new Error("the test issuer has no ring");
  const secret = randomBytes(32).toString("base64url");
  const service = await startService({
    ...options,
    port: 0,
    host: "127.0.0.1",
    environment: { ...environment, ORDER_DESK_SESSIONS: secret },
    ring,
    cwd,
    app,
  });
  const signBy = async (caller: Caller) => {
    const token = { client_id: CLIENT, ...caller.token };
    return (await issuer.asPrincipal({ ...caller, token })).token;
  };
  return {
    url: service.url,
    port: service.port,
    sign: (roles, expiresIn = 600) => signBy({ ...callerWith(roles), expiresIn }),
    signBy,
    async send(line, { as, by, token, body, headers } = {}) {
      const [method = "", target = ""] = line.split(" ");
      const caller = by ?? (as === undefined ? undefined : callerWith(as));
      const sent = token ?? (caller && (await signBy(caller)));
      const response = await fetch(service.url + target, {
        method,
        headers: {
          ...(body === undefined ? {} : { "Content-Type": "application/json" }),
          ...(sent === undefined ? {} : { Authorization: `Bearer ${sent}` }),
          ...headers,
        },
        body: body === undefined ? null : typeof body === "string" ? body : JSON.stringify(body),
      });
      const text = await response.text();
      return {
        status: response.status,
        headers: response.headers,
        text,
        json: () => JSON.parse(text),
      };
    },
    async close() {
      await service.stop();
      const lines = await readRecords(join(cwd, "data/audit.sqlite"));
      await issuer.close();
      return logOf(lines);
    },
  };
}

/** A token like the desk's own, but of another key. */
export async function signForeign(roles: readonly Role[]): Promise<string> {
  const issuer = await createTestIssuer<Policy>(snapshot);
  const { token } = await issuer.asPrincipal(callerWith(roles));
  await issuer.close();
  return token;
}

/** What a token tells of a sign-in with two factors so many seconds ago. */
export function signedIn(secondsAgo: number) {
  return { acr: "urn:order-desk:mfa", auth_time: Math.floor(Date.now() / 1000) - secondsAgo };
}

function callerWith(roles: readonly Role[]): Caller {
  const id = roles.join("-") || "nobody";
  const claims = { email: `${id}@order-desk.example` };
  return { id, roles, tenant: "main-street", claims, token: signedIn(0) };
}

function logOf(lines: readonly string[]): Log {
  const events = lines.map((line): RequestRecord => JSON.parse(line));
  const records = events.filter(({ type }) => /^(?:request|session)$/.test(type));
  return {
    text: lines.join("\n"),
    records,
    recordOf(answer) {
      const id = answer.headers.get("x-request-id");
      const [record, ...others] = records.filter((candidate) => candidate.id === id);
      if (record === undefined || others.length > 0) throw new Error("not one record");
      return record;
    },
  };
}
