import type { AuditEntry } from "../audit-entry.js";
import * as facts from "../facts.js";
import { addressOf, originOf, outcomeOf, restOf, some } from "./shape.js";

/** Of the Elastic Common Schema, https://www.elastic.co/docs/reference/ecs */
export const ECS_VERSION = "8.17.0";

/** What has a place of its own below; all else goes to `gatewright`. */
const MAPPED = [
  "id",
  "sequence",
  "time",
  "observedTime",
  "traceId",
  "spanId",
  "tenant",
  "principal",
  "subject",
  "method",
  "path",
  "rule",
  "status",
  "durationMs",
  "decision",
  "reason",
  "category",
  "client",
];

/** Undefined where the line has no time, which ECS requires. */
export function toEcs(entry: AuditEntry): object | undefined {
  const time = facts.timeOf(entry);
  if (time === undefined) return undefined;
  const { value } = entry;
  const actor = facts.actorOf(entry);
  const { ip, other } = addressOf(entry);
  const { category, type } = categorize(entry);
  const rule = facts.textOf(value["rule"]);
  return some({
    "@timestamp": time,
    ecs: { version: ECS_VERSION },
    event: some({
      kind: "event",
      category,
      type,
      outcome: outcomeOf(entry),
      action: actionOf(entry),
      dataset: "gatewright.audit",
      id: facts.idOf(entry),
      sequence: facts.sequenceOf(entry),
      duration: durationOf(entry),
      reason: facts.textOf(value["reason"]),
      created: facts.textOf(value["observedTime"]),
    }),
    user: some({
      id: actor?.id,
      roles: actor !== undefined && actor.roles.length > 0 ? actor.roles : undefined,
    }),
    organization: some({ id: facts.tenantOf(entry) }),
    source: some({ ip, address: other ?? ip }),
    http: some({
      request: some({ method: facts.textOf(value["method"]) }),
      response: some({ status_code: facts.statusOf(entry) }),
    }),
    url: some({ path: facts.textOf(value["path"]) }),
    trace: some({ id: facts.textOf(value["traceId"]) }),
    span: some({ id: facts.textOf(value["spanId"]) }),
    rule: some({ id: rule }),
    labels: some({ decision: facts.decisionOf(entry), category: facts.categoryOf(entry) }),
    gatewright: some({
      ...restOf(value, MAPPED),
      principal: restOf(value["principal"], ["id", "roles", "tenant"]),
    }),
  });
}

/** Pairs that ECS expects together: https://www.elastic.co/docs/reference/ecs/ecs-allowed-values-event-category */
function categorize(entry: AuditEntry): {
  readonly category: readonly string[];
  readonly type: readonly string[];
} {
  const word = facts.typeOf(entry) ?? "";
  switch (originOf(entry)) {
    case "request":
      return { category: ["api"], type: ["access", ...decided(entry)] };
    case "session":
      if (word === "session.created")
        return { category: ["authentication", "session"], type: ["start"] };
      return { category: ["session"], type: [word === "session.ended" ? "end" : "info"] };
    case "policy":
      return { category: ["configuration"], type: ["change"] };
    case "audit":
      return {
        category: ["configuration"],
        type: [word.startsWith("audit.read") ? "access" : "info"],
      };
    case "application":
      return { category: ["api"], type: ["info"] };
  }
}

function decided(entry: AuditEntry): readonly string[] {
  const decision = facts.decisionOf(entry);
  if (decision === "allow") return ["allowed"];
  return decision === "deny" ? ["denied"] : [];
}

/** The permission that was asked for, or what happened. */
function actionOf(entry: AuditEntry): string | undefined {
  const [action] = facts.textsOf(entry.value["action"]);
  return action ?? facts.typeOf(entry);
}

/** Nanoseconds. */
function durationOf({ value }: AuditEntry): number | undefined {
  const duration = facts.numberOf(value["durationMs"]);
  return duration === undefined || duration < 0 ? undefined : Math.round(duration * 1_000_000);
}
