import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CredentialReader, RequestRecord } from "@gatewright/runtime";
import { createPolicyGate } from "@gatewright/runtime/abi";
import type { PolicyTypes, SerializedSnapshot } from "@gatewright/runtime/abi";
import { application } from "@gatewright/runtime/abi/application";
import { delegated, delegation } from "@gatewright/runtime/abi/delegation";
import { rules } from "@gatewright/runtime/abi/rules";
import { jwks } from "@gatewright/runtime/abi/jwks";
import { scoped } from "@gatewright/runtime/abi/scopes";
import { strategies } from "@gatewright/runtime/abi/strategies";
import type { OpaqueTokenStore } from "@gatewright/runtime/opaque";
import { expect } from "vitest";
import type { SourceText } from "../../../generator/diagnostics/diagnostic.js";
import { compileSnapshot } from "../../agreement/compile-policy.js";
import type { LoosePolicy } from "../../agreement/loose-policy.js";
import { sendAll } from "../../agreement/raw-client.js";
import type { RawRequest, RawResponse } from "../../agreement/raw-client.js";
import type { PrincipalSourceFor } from "../../../runtime/gate-types.js";
import { AUDIENCE, ISSUER, NOW } from "./token-forge.js";
import { cache } from "@gatewright/runtime/abi/cache";
import { credentials } from "@gatewright/runtime/abi/credentials";
import { derived } from "@gatewright/runtime/abi/derived";
import { nested } from "@gatewright/runtime/abi/nested";
import { ring } from "@gatewright/runtime/abi/ring";
import type { KeyRing } from "@gatewright/runtime/issuer";
import { hosts } from "../../agreement/load-hosts.js";

export interface SuppliedPolicy extends PolicyTypes {
  readonly role: string;
  readonly permission: string;
  readonly principal: { readonly id: string; readonly claims: Readonly<Record<string, unknown>> };
  readonly principalFrom: "application";
  readonly routes: LoosePolicy["routes"];
}

/** What is known of a policy with strategies: their names are any text. */
export interface StrategyPolicy extends LoosePolicy {
  readonly authenticators: string;
  readonly tokenStores: string;
}

export interface DeskOptions {
  /** Sections `tokens` and `principal`; the others stand. */
  readonly policy: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Key files to write, by name. */
  readonly files?: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
  /** Rings that the application opened, by the name of their issuer. */
  readonly rings?: Readonly<Record<string, KeyRing>>;
  readonly principalSource?: PrincipalSourceFor<SuppliedPolicy>;
  readonly authenticators?: Readonly<Record<string, CredentialReader>>;
  readonly tokenStores?: Readonly<Record<string, OpaqueTokenStore>>;
}

/** What a client saw of one request, and what its record says. */
export interface Outcome {
  readonly status: number;
  readonly cause: string | undefined;
  readonly record: RequestRecord;
  readonly response: RawResponse;
  /** As the handler saw it; null where none ran. */
  readonly principal: Readonly<Record<string, unknown>> | null;
}

/** A gate behind a server, with nothing but tokens to tell its callers apart. */
export interface TokenDesk {
  /** Sends requests at once; the values of `Authorization` for GET /me, or requests as they are. */
  send(...requests: readonly (string | RawRequest)[]): Promise<readonly RawResponse[]>;
  swap(policy: string): void;
  /** Revokes the principals whose ids the test names; returns how many connections it ended. */
  disconnect(isRevoked: (id: string) => boolean): number;
  /** Where its files are. */
  readonly cwd: string;
  readonly port: number;
  /** What `onError` heard. */
  readonly errors: readonly unknown[];
  /**
   * Stops the service and gives the outcome of each request, in their order. Whatever was sent: each
   * request has one record in one line, none was answered with 500, and nothing repeats a piece of a token.
   */
  close(): Promise<readonly Outcome[]>;
}

/** For tokens of one issuer whose keys are in the variable `KEYS`. */
export function issuerPolicy(algorithms: string, more = ""): string {
  return `
tokens:
  desk: { issuer: "${ISSUER}", audience: ${AUDIENCE}, algorithms: [${algorithms}], keys: { environment: KEYS }${more} }
principal: { roles: roles }
`;
}

export function snapshotOf(policy: string): SerializedSnapshot {
  return compileSnapshot(sourcesOf(policy));
}

/** The files of a policy with these sections. */
export function sourcesOf(policy: string): readonly SourceText[] {
  const basis = `
gatewright: 1
resources: { orders: { actions: [read, cancel] } }
roles: { clerk: { grants: [orders.read] }, boss: { inherits: [clerk], grants: ["orders.*"] } }
routes:
  /me: { GET: authenticated }
  /orders: { GET: orders.read, DELETE: orders.cancel }
  /open: { GET: { access: public, identity: optional } }
  /free: { GET: public }
`;
  return [
    { path: "policies/basis.yaml", text: basis },
    { path: "policies/tokens.yaml", text: `gatewright: 1\n${policy}` },
  ];
}

export async function openDesk(options: DeskOptions): Promise<TokenDesk> {
  const { environment = {}, files = {}, now = () => NOW * 1000, principalSource } = options;
  const { authenticators = {}, tokenStores = {} } = options;
  const cwd = await mkdtemp(join(tmpdir(), "gatewright-"));
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(cwd, name), text, { mode: 0o600 });
  }
  const errors: unknown[] = [];
  const onError = (error: unknown) => errors.push(error);
  const settings = { environment, cwd, now, rings: options.rings ?? {}, onError };
  const snapshot = snapshotOf(options.policy);
  const features = {
    hosts,
    keys: ring,
    jwks,
    ...scoped(delegated(application)),
    rules: rules({ delegation }),
    credentials: credentials({ nested, derived, cache, strategies }),
  };
  const gate =
    principalSource === undefined
      ? createPolicyGate<StrategyPolicy>(snapshot, features, {
          ...settings,
          authenticators,
          tokenStores,
        })
      : createPolicyGate<SuppliedPolicy>(snapshot, features, { ...settings, principalSource });
  const server = createServer({ maxHeaderSize: 1 << 24 }, (request, response) => {
    gate(request, response, () => {
      const seen = { id: gate.decision(request)?.id, principal: gate.principal(request) };
      response.setHeader("Content-Length", 0);
      response.setHeader("x-seen", encodeURIComponent(JSON.stringify(seen)));
      response.end();
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  const sent: RawRequest[] = [];
  const received: RawResponse[] = [];
  return {
    cwd,
    port,
    errors,
    async send(...given) {
      const requests = given.map((request) =>
        typeof request === "string"
          ? { method: "GET", target: "/me", headers: { Authorization: request } }
          : request,
      );
      const responses = await sendAll(port, requests);
      sent.push(...requests);
      received.push(...responses);
      return responses;
    },
    swap: (policy) => gate.swap(snapshotOf(policy)),
    disconnect: (isRevoked) => gate.disconnect(({ id }) => isRevoked(id)),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await gate.shutdown();
      const text = await readFile(join(cwd, snapshot.audit.sink.path), "utf8");
      await rm(cwd, { recursive: true });
      const records = text.split("\n").filter((line) => line !== "");
      expectNoLeak(sent, [...received.map(print), ...records, ...errors.map(printError)]);
      return outcomesOf(received, records);
    },
  };
}

/** The outcomes of requests that one gate answers. */
export async function present(
  options: DeskOptions,
  ...requests: readonly (string | RawRequest)[]
): Promise<readonly Outcome[]> {
  const desk = await openDesk(options);
  await desk.send(...requests);
  return desk.close();
}

/** The value of `Authorization`. */
export function bearer(token: string): string {
  return `Bearer ${token}`;
}

function outcomesOf(
  responses: readonly RawResponse[],
  lines: readonly string[],
): readonly Outcome[] {
  const records = new Map(
    lines.map((line) => {
      const record: RequestRecord = JSON.parse(line);
      return [record.id, record];
    }),
  );
  expect(lines).toHaveLength(responses.length);
  for (const line of lines) expect(line).toMatch(/^[ -~\u0080-\uffff\u007f]+$/);
  expect(records.size).toBe(responses.length);
  return responses.map((response) => {
    const { status, headers, body } = response;
    const seen = JSON.parse(decodeURIComponent(headers.get("x-seen") ?? "null"));
    const id = seen?.id ?? JSON.parse(body).instance.replace("urn:uuid:", "");
    const record = records.get(id);
    if (record === undefined) throw new Error(`no record for ${status} ${body}`);
    expect(record.status).toBe(status);
    expect(status).not.toBe(500);
    return { status, cause: record.cause, record, response, principal: seen?.principal ?? null };
  });
}

/** Shorter pieces could be words that stand there for another reason. */
const SHORTEST_PIECE = 16;

function expectNoLeak(requests: readonly RawRequest[], texts: readonly string[]): void {
  const shown = texts.join("\n");
  const pieces = requests.flatMap(({ headers = {}, target }) => {
    return [...Object.values(headers), target].join(" ").split(/[^\w-]+/);
  });
  const leaked = pieces.filter((piece) => piece.length >= SHORTEST_PIECE && shown.includes(piece));
  expect(leaked).toEqual([]);
}

function print({ headers, body }: RawResponse): string {
  return [...headers].join("\n") + body;
}

function printError(error: unknown): string {
  return error instanceof Error ? `${error.message} ${String(error.cause)}` : String(error);
}
