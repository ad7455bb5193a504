import type { SourceSpan } from "../diagnostics/diagnostic.js";
import type { KeyPlace } from "./policy-model.js";

/** The durable log that records go to, and where it is delivered. */
export interface AuditLogModel {
  readonly at: SourceSpan;
  readonly folder: string;
  readonly spill: string | undefined;
  /** In bytes. */
  readonly limits: { readonly soft: number; readonly hard: number; readonly reserve: number };
  readonly signer: KeyPlace | undefined;
  /** Sorted by name. */
  readonly categories: readonly AuditCategoryModel[];
  /** Sorted by name. */
  readonly sinks: readonly AuditSinkModel[];
}

export interface AuditCategoryModel {
  readonly name: string;
  /** Why its events are kept, in the words of the policy. */
  readonly purpose: string | undefined;
  readonly durability: "durable" | "accepted";
  readonly overflow: "fail_closed" | "drop_newest" | "drop_oldest" | "spill";
  readonly blockMilliseconds: number;
  readonly isCritical: boolean;
  /** In seconds. */
  readonly floor: number | undefined;
  readonly ceiling: number | undefined;
}

export const sinkKinds = [
  "jsonl",
  "loki",
  "nats",
  "otlp",
  "postgres",
  "sqlite",
  "stdout",
  "webhook",
] as const;

export type SinkKind = (typeof sinkKinds)[number];

export interface AuditSinkModel {
  readonly name: string;
  readonly kind: SinkKind;
  readonly isRequired: boolean;
  readonly categories: readonly string[] | undefined;
  readonly fallBack: { readonly afterSeconds: number; readonly path: string } | undefined;
  readonly settings: AuditSinkSettings;
}

export interface AuditSinkSettings {
  readonly path?: string;
  readonly rotate?: { readonly bytes?: number; readonly every?: "day" };
  readonly url?: string;
  readonly secret?: KeyPlace;
  readonly format?: "ndjson" | "json";
  readonly subject?: string;
  readonly schema?: string;
  readonly labels?: Readonly<Record<string, string>>;
}
