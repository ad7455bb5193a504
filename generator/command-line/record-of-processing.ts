import type { SerializedSnapshot } from "@gatewright/runtime/abi";
import type { PolicyModel } from "../3-model/policy-model.js";

type SerializedLog = NonNullable<SerializedSnapshot["audit"]["log"]>;
type SerializedSink = SerializedLog["sinks"][number];

/** What an audit log does with personal data, as GDPR, article 30(1), has controllers record it. */
export interface RecordOfProcessing {
  readonly log: {
    readonly folder: string;
    readonly spill: string | null;
    readonly isSigned: boolean;
    readonly hasKeyedHashes: boolean;
  };
  /** Sorted by name. */
  readonly categories: readonly ProcessedCategory[];
}

export interface ProcessedCategory {
  readonly name: string;
  /** Null where the policy says none. */
  readonly purpose: string | null;
  readonly durability: "durable" | "accepted";
  /** What is kept of requests to these routes, as `requestData` says, and of these parameters. */
  readonly routes: readonly ProcessedRoute[];
  /** Whether requests that meet no route, or one without a category, are of it. */
  readonly hasOtherRequests: boolean;
  readonly events: readonly ProcessedEvent[];
  readonly recipients: readonly Recipient[];
  /** Days; null for no bound. */
  readonly retention: { readonly floor: number | null; readonly ceiling: number | null };
}

export interface ProcessedRoute {
  /** `METHOD /pattern` */
  readonly id: string;
  readonly params: readonly ProcessedField[];
}

export interface ProcessedField {
  readonly name: string;
  /** `public`, or the name of its mask. */
  readonly class: string;
}

export interface ProcessedEvent {
  readonly type: string;
  /** `file:line` of its declaration; null for what every log has. */
  readonly at: string | null;
  readonly description: string | null;
  readonly fields: readonly ProcessedField[];
}

export interface Recipient {
  readonly name: string;
  readonly kind: SerializedSink["kind"];
  /** The file, the origin of the URL, the subject or the schema; never a secret. */
  readonly place: string | null;
}

/** What the record of every request holds of people; all else in it is of the policy and the machine. */
export const requestData = [
  "subject identifier, roles and tenant of the caller",
  "client address",
  "time, outcome and duration",
  "identifiers of the trace",
] as const;

const builtIn: readonly { readonly category: string; readonly event: ProcessedEvent }[] = [
  {
    category: "auth",
    event: {
      type: "session",
      at: null,
      description: "A step of a session: of whom, from which client address.",
      fields: [],
    },
  },
  {
    category: "config_change",
    event: {
      type: "policy.swapped, audit.*",
      at: null,
      description: "What happens to the policy and to the log; of nobody.",
      fields: [],
    },
  },
];

const DAY = 86_400_000;
const REQUESTS = "access";

/** Undefined where the policy has no audit log. */
export function recordProcessing(
  { audit, auditSchema, routes }: SerializedSnapshot,
  model: Pick<PolicyModel, "auditLog" | "auditEvents">,
): RecordOfProcessing | undefined {
  const { log } = audit;
  if (log === undefined) return undefined;
  const { events = [], masks = [], secret = null } = auditSchema ?? {};
  return {
    log: {
      folder: log.folder,
      spill: log.spill,
      isSigned: log.signer !== null,
      hasKeyedHashes: secret !== null || (log.params?.secret ?? null) !== null,
    },
    categories: log.categories.map(({ name, durability, retention }) => ({
      name,
      purpose: model.auditLog?.categories.find((said) => said.name === name)?.purpose ?? null,
      durability,
      routes: routes
        .filter(({ auditCategory = REQUESTS }) => auditCategory === name)
        .map(({ id, auditParams = [] }) => ({
          id,
          params: auditParams.map((param) => ({
            name: param.name,
            class: log.params?.masks[param.mask]?.name ?? "public",
          })),
        })),
      hasOtherRequests: name === REQUESTS,
      events: [
        ...builtIn.filter(({ category }) => category === name).map(({ event }) => event),
        ...events
          .filter(({ category }) => category === name)
          .map(({ type, at, fields }) => ({
            type,
            at,
            description:
              model.auditEvents?.events.find((said) => said.name === type)?.description ?? null,
            fields: fields.map((field) => ({
              name: field.name,
              class: masks[field.mask]?.name ?? "public",
            })),
          })),
      ],
      recipients: log.sinks
        .filter(({ categories }) => categories === null || categories.includes(name))
        .map((sink) => ({ name: sink.name, kind: sink.kind, place: placeOf(sink) })),
      retention: { floor: daysOf(retention.floor), ceiling: daysOf(retention.ceiling) },
    })),
  };
}

function daysOf(milliseconds: number | null): number | null {
  return milliseconds === null ? null : milliseconds / DAY;
}

function placeOf({ settings }: SerializedSink): string | null {
  const { path, url, subject, schema } = settings;
  // A URL may hold credentials or a token in its query.
  const origin = url === undefined ? undefined : new URL(url).origin;
  return path ?? origin ?? subject ?? schema ?? null;
}
