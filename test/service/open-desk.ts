import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RequestRecord } from "@gatewright/runtime";
import type { AppOptions } from "../../examples/order-desk/app.js";
import { createDemoKeys } from "../../examples/order-desk/create-demo-keys.js";
import { startService } from "../../examples/order-desk/start-service.js";
import { snapshot } from "../../generated/index.js";
import type { Role } from "../../generated/index.js";

export interface Message {
  /** Roles in the caller's token; left out, no token is sent. */
  readonly as?: readonly Role[];
  /** Sent instead of a token of those roles. */
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
  send(line: string, message?: Message): Promise<Answer>;
  /** Stops the service; what its audit file then holds. */
  close(): Promise<Log>;
}

/** The sample service on a port of its own, with keys and an audit file of its own. */
export async function openDesk(app: AppOptions = {}): Promise<Desk> {
  const cwd = await mkdtemp(join(tmpdir(), "order-desk-"));
  const keys = await createDemoKeys();
  const service = await startService({
    port: 0,
    host: "127.0.0.1",
    environment: { ORDER_DESK_JWKS: keys.jwks },
    cwd,
    app,
  });
  const sign = (roles: readonly Role[], lifetime = 600) =>
    keys.sign({ name: roles.join("-") || "nobody", roles, lifetime });
  return {
    url: service.url,
    port: service.port,
    sign,
    async send(line, { as, token, body, headers } = {}) {
      const [method = "", target = ""] = line.split(" ");
      const sent = token ?? (as === undefined ? undefined : await sign(as));
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
      const text = await readFile(join(cwd, snapshot.audit.sink.path), "utf8");
      await rm(cwd, { recursive: true });
      return logOf(text);
    },
  };
}

/** A token like the desk's own, but of another key. */
export async function signForeign(roles: readonly Role[]): Promise<string> {
  return (await createDemoKeys()).sign({ name: roles.join("-"), roles });
}

function logOf(text: string): Log {
  const lines = text.split("\n").filter((line) => line !== "");
  const records = lines.map((line): RequestRecord => JSON.parse(line));
  return {
    text,
    records,
    recordOf(answer) {
      const id = answer.headers.get("x-request-id");
      const [record, ...others] = records.filter((candidate) => candidate.id === id);
      if (record === undefined || others.length > 0) throw new Error("not one record");
      return record;
    },
  };
}
