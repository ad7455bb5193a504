/**
 * JSON responses as the policy lets each role see them.
 *
 * @module
 */
import { randomBytes } from "node:crypto";
import { openMaskKeys } from "./audit/events/open-mask-keys.js";
import { GateError } from "./gate-error.js";
import type { ResponsesFeature } from "./gate-features.js";
import { gateStates } from "./gate-states.js";
import type { Gate } from "./gate-types.js";
import { NULL_MARKER_JSON } from "./masks/mask.js";
import type { Masked } from "./masks/mask.js";
import { forgetRaws, keepRaws } from "./masks/raw.js";
import type { Raw } from "./masks/raw.js";
import type { PolicyTypes } from "./policy-types.js";
import type { RequestContext } from "./request-context.js";
import { buildWriters } from "./responses/build-writer.js";
import type { Viewer } from "./responses/build-writer.js";
import { holdResponse } from "./responses/hold-response.js";
import type { RoleMask, Snapshot } from "./snapshot.js";
import type { SerializedSnapshot } from "./snapshot-format.js";

export type { Gate } from "./gate-types.js";
export type { Masked } from "./masks/mask.js";
export type { Raw } from "./masks/raw.js";

/** What somebody with the roles `R` sees of a `T` that only the roles `Plain` see as it is. */
export type Seen<T, Plain, R> = [R] extends [never]
  ? Masked<T>
  : [R] extends [Plain]
    ? T
    : [Extract<R, Plain>] extends [never]
      ? Masked<T>
      : T | Masked<T>;

/** Whoever is to see a document: a principal, or roles alone; null for somebody without any. */
export interface ResponseViewer<R> {
  readonly roles: readonly R[];
  readonly tenant?: string | undefined;
  /** Whoever acts for it sees no more than both. */
  readonly actor?: { readonly roles: readonly R[] } | undefined;
}

/** Bytes that are held of one response. */
const DEFAULT_LIMIT = 8 * 1024 * 1024;

/** Masks the JSON responses of routes with `response`. */
export const responses: ResponsesFeature = (snapshot, options) => {
  const serialized = snapshot.source.responses;
  if (serialized === undefined) return undefined;
  const { environment = process.env, cwd = process.cwd(), customMasks: custom } = options;
  const keys = openMaskKeys(serialized.secret, { environment, cwd });
  const writers = buildWriters(serialized, { ...(keys && { keys }), ...(custom && { custom }) });
  const names = new Map(serialized.schemas.map(({ name }, index) => [name, index]));
  const schemaOf = new Map(serialized.routes.map(({ route, schema }) => [route, schema]));
  const held = new WeakSet<object>();
  const limit = options.responseLimit ?? DEFAULT_LIMIT;
  const write = (schema: number, document: unknown, viewer: Viewer) =>
    writers[schema]?.(document, viewer) ?? NULL_MARKER_JSON;
  return {
    mask(context, response) {
      const route = context.located?.route ?? -1;
      const schema = schemaOf.get(route);
      if (schema === undefined || held.has(response)) return;
      held.add(response);
      const raws = new Map<string, Raw<unknown>>();
      // Nobody can guess it, so no text that came from outside stands for a value.
      const prefix = `gwraw:${randomBytes(16).toString("base64url")}:`;
      keepRaws(context, (raw) => {
        const handle = `${prefix}${raws.size}`;
        raws.set(handle, raw);
        return handle;
      });
      const viewer = () => ({ ...viewerOf(context), rawOf: (text: string) => raws.get(text) });
      const shape = serialized.schemas[schema]?.shape;
      const isList = shape !== undefined && shape.kind !== "value" && shape.list;
      const { access, identityOptional } = snapshot.source.routes[route] ?? {};
      holdResponse(context, response, {
        limit,
        hasOneForm: access === "public" && identityOptional === false,
        write: (document) => write(schema, document, viewer()),
        // Of a list, each line is an item.
        writeLine: (document) => {
          if (!isList) return write(schema, document, viewer());
          const list = write(schema, [document], viewer());
          return list.slice(1, -1);
        },
        onDone: () => forgetRaws(context),
      });
    },
    write: (name, document, viewer) => write(names.get(name) ?? -1, document, viewer),
  };
};

function viewerOf(context: RequestContext): Viewer {
  const { authentication } = context;
  const now = context.now();
  if (authentication?.kind !== "principal") return { roles: [], tenant: "", now };
  const { mask, actorMask, principal } = authentication;
  const roles = actorMask === undefined ? [mask] : [mask, actorMask];
  return { roles, tenant: principal.tenant ?? "", now };
}

/**
 * Functions by schema, which mask outside of HTTP, as for an e-mail or an export: as the policy in force says, whatever
 * it was when they were made. What a policy no longer declares is hidden.
 *
 * @throws GateError `configuration-invalid` for another gate
 */
export function createPolicyResponses<P extends PolicyTypes, Masks>(
  serialized: SerializedSnapshot,
  gate: Gate<P>,
): Masks {
  const state = gateStates.get(gate);
  if (state === undefined) {
    throw new GateError("configuration-invalid", "pass the gate that `createGate` returned");
  }
  const masks = (serialized.responses?.schemas ?? []).map(({ name }) => {
    const mask = (document: unknown, given: ResponseViewer<string> | null): unknown => {
      const { policy, now } = state;
      const viewer = namedViewer(policy.snapshot, given, now());
      try {
        return JSON.parse(policy.responses?.write(name, document, viewer) ?? NULL_MARKER_JSON);
      } catch {
        // A getter or a proxy of the document threw; what it threw may hold anything.
        return JSON.parse(NULL_MARKER_JSON);
      }
    };
    return [name, mask] as const;
  });
  // The snapshot and the type come from one model.
  return Object.fromEntries(masks) as Masks;
}

function namedViewer(
  snapshot: Snapshot,
  given: ResponseViewer<string> | null,
  now: number,
): Viewer {
  if (given === null) return { roles: [], tenant: "", now };
  const isBound = snapshot.source.principal.actor?.permissions !== "subject";
  const all = given.actor && isBound ? [given.roles, given.actor.roles] : [given.roles];
  const roles = all.map((names) => roleMask(snapshot, names));
  return { roles, tenant: given.tenant ?? "", now };
}

/** Names that the policy lacks give nothing. */
function roleMask(snapshot: Snapshot, names: readonly string[]): RoleMask {
  const mask = new Int32Array(snapshot.maskWords);
  for (const name of names) {
    const role = snapshot.roleNumbers.get(name);
    if (role !== undefined) mask[role >> 5] = (mask[role >> 5] ?? 0) | (1 << (role & 31));
  }
  return mask;
}
