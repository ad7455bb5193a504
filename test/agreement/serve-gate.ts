import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { IncomingMessage, RequestListener, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RequestRecord } from "@gatewright/runtime";
import { createPolicyGate } from "@gatewright/runtime/abi";
import type { Gate, GateOptions, SerializedSnapshot } from "@gatewright/runtime/abi";
import { clauses } from "@gatewright/runtime/abi/clauses";
import { credentials } from "@gatewright/runtime/abi/credentials";
import { strategies } from "@gatewright/runtime/abi/strategies";
import { cors } from "@gatewright/runtime/abi/cors";
import { delegated, delegation } from "@gatewright/runtime/abi/delegation";
import { forwarded } from "@gatewright/runtime/abi/forwarded";
import { requirements } from "@gatewright/runtime/abi/requirements";
import { responses } from "@gatewright/runtime/abi/responses";
import { rules } from "@gatewright/runtime/abi/rules";
import { scoped } from "@gatewright/runtime/abi/scopes";
import { upgrades } from "@gatewright/runtime/abi/upgrades";
import type { LoosePolicy } from "./loose-policy.js";
import { sendAll } from "./raw-client.js";
import type { RawRequest, RawResponse } from "./raw-client.js";
import { revocation } from "@gatewright/runtime/abi/revocation";
import { ring as keys } from "@gatewright/runtime/abi/ring";
import type { Revocations } from "@gatewright/runtime/revocations";
import { hosts } from "./load-hosts.js";

export type LooseGate = Gate<LoosePolicy>;

export interface ServedGate {
  readonly gate: LooseGate;
  readonly port: number;
  /** Stops the server and the gate; all that the gate recorded, by record id. */
  stop(): Promise<ReadonlyMap<string, RequestRecord>>;
}

export interface ServeOptions
  extends Pick<GateOptions, "now" | "onError" | "target" | "rings" | "responseLimit"> {
  /** Of a policy with `revocation`. */
  readonly revocations?: Revocations;
  /** Before the server listens. */
  readonly prepare?: (server: Server, gate: LooseGate) => void;
  /** Loaders by resource. */
  readonly resources?: Readonly<
    Record<string, (request: IncomingMessage, call: LoadCall) => unknown>
  >;
}

/** What a loader is told. */
export interface LoadCall {
  readonly params: Readonly<Record<string, string | number>>;
  readonly principal: { readonly id: string } | null;
  readonly route: string | null;
}

/** Fits no snapshot, so that all conditions are built from their trees. */
const fromTrees = { digest: "", functions: [] };

/** A gate of its own with its own audit file, behind a server. */
export async function serveGate(
  snapshot: SerializedSnapshot,
  environment: Readonly<Record<string, string>>,
  listenerFor: (gate: LooseGate) => RequestListener,
  { prepare, ...options }: ServeOptions = {},
): Promise<ServedGate> {
  const cwd = await mkdtemp(join(tmpdir(), "gatewright-"));
  const settings = { environment, cwd, ...options };
  const gate = createPolicyGate<LoosePolicy>(
    snapshot,
    {
      hosts,
      keys,
      cors,
      forwarded,
      credentials: credentials({ strategies, revocation }),
      rules: rules({ delegation, requirements, clauses: clauses(fromTrees) }),
      ...scoped(delegated()),
      upgrades,
      responses,
    },
    // The policy's types, which know of resources, exist only in generated code.
    settings as GateOptions,
  );
  const server = createServer(listenerFor(gate));
  prepare?.(server, gate);
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    gate,
    port: (server.address() as AddressInfo).port,
    async stop() {
      server.closeAllConnections();
      const closed = new Promise((resolve) => server.close(resolve));
      await gate.shutdown();
      await closed;
      const text = await readFile(join(cwd, snapshot.audit.sink.path), "utf8");
      await rm(cwd, { recursive: true });
      const records = text.split("\n").filter((line) => line !== "");
      return new Map(
        records.map((line) => {
          const record: RequestRecord = JSON.parse(line);
          return [record.id, record];
        }),
      );
    },
  };
}

/** Serves a gate for as long as it takes to answer these requests. */
export async function serveOnce(
  served: Promise<ServedGate>,
  requests: readonly RawRequest[],
): Promise<{
  readonly responses: readonly RawResponse[];
  readonly records: ReadonlyMap<string, RequestRecord>;
}> {
  const { port, stop } = await served;
  const responses = await sendAll(port, requests);
  return { responses, records: await stop() };
}

/** What a handler was called with; told in a header, since HEAD has no body. */
export interface Seen {
  /** The route that the handler stands for; left out, the gate's own decision. */
  readonly route?: string | null;
  readonly params?: unknown;
}

/** Answers 200 and tells what the handler knows. */
export function reply(
  gate: LooseGate,
  request: IncomingMessage,
  response: ServerResponse,
  seen: Seen,
): void {
  const { route = null, id } = gate.decision(request) ?? {};
  const told: Told = { route, id, principal: gate.principal(request), ...seen };
  response.setHeader("x-seen", encodeURIComponent(JSON.stringify(told)));
  response.setHeader("Content-Length", 0);
  response.end();
}

interface Told extends Seen {
  readonly principal: { readonly roles: readonly string[] } | null;
  /** Id of the record. */
  readonly id: string | undefined;
}

export function seenIn(response: RawResponse): Told | undefined {
  const header = response.headers.get("x-seen");
  return header === undefined ? undefined : JSON.parse(decodeURIComponent(header));
}
