import type { SecretPlace } from "../../read-secret-words.js";
import type { SerializedMask } from "../../serialized-audit.js";

/** The audit log of a policy: a spool on the local disk, and the sinks that it is delivered to. */
export interface SerializedAuditLog {
  /** Relative to where the service starts: of the spool, the state of its sinks and their dead letters. */
  readonly folder: string;
  /** Where `overflow: spill` goes; null where no category says it. */
  readonly spill: string | null;
  /** In bytes. */
  readonly limits: { readonly soft: number; readonly hard: number; readonly reserve: number };
  /** Where the Ed25519 key that signs checkpoints is; null for none. */
  readonly signer: SecretPlace | null;
  /** Sorted by name; all that routes and events name, and the built-in ones. */
  readonly categories: readonly SerializedAuditCategory[];
  /** Sorted by name. */
  readonly sinks: readonly SerializedAuditSink[];
  /** How parameters of paths are masked in records; not there where no route shows one. */
  readonly params?: SerializedParamMasks;
}

export interface SerializedParamMasks {
  readonly masks: readonly SerializedMask[];
  /** Where the root of keyed hashes is; null where none of the masks needs one. */
  readonly secret: SecretPlace | null;
}

export interface SerializedAuditCategory {
  readonly name: string;
  /** `durable`: a handler starts once the decision about its request is on the disk. */
  readonly durability: "durable" | "accepted";
  readonly overflow: "fail_closed" | "drop_newest" | "drop_oldest" | "spill";
  /** How long a decision waits for room before `overflow`. */
  readonly blockMilliseconds: number;
  readonly isCritical: boolean;
  /** How long its events are kept at least and at most; null for no bound. */
  readonly retention: { readonly floor: number | null; readonly ceiling: number | null };
}

export type AuditSinkKind =
  | "jsonl"
  | "loki"
  | "nats"
  | "otlp"
  | "postgres"
  | "sqlite"
  | "stdout"
  | "webhook";

export interface SerializedAuditSink {
  readonly name: string;
  readonly kind: AuditSinkKind;
  /** The log keeps what it has not got yet. */
  readonly isRequired: boolean;
  /** Null for all. */
  readonly categories: readonly string[] | null;
  /** The file that takes its events while it is down for longer; null for none. */
  readonly fallBack: { readonly afterMilliseconds: number; readonly path: string } | null;
  /** Of its kind alone. */
  readonly settings: SerializedSinkSettings;
}

export interface SerializedSinkSettings {
  /** `jsonl`, `sqlite`: the file, relative to where the service starts. */
  readonly path?: string;
  /** `jsonl`: when the file is set aside. */
  readonly rotate?: { readonly bytes?: number; readonly every?: "day" };
  /** `webhook`, `loki`, `otlp` */
  readonly url?: string;
  /** `webhook`: where the signing secrets are; `loki`, `otlp`: where the value of `Authorization` is. */
  readonly secret?: SecretPlace;
  readonly format?: "ndjson" | "json";
  /** `nats`: what subjects begin with. */
  readonly subject?: string;
  /** `postgres`: where the table is. */
  readonly schema?: string;
  /** `loki`: labels; `otlp`: attributes of the resource. */
  readonly labels?: Readonly<Record<string, string>>;
}
