import { isIP } from "node:net";
import type { AuditEntry } from "../audit-entry.js";
import { decisionOf, membersOf, statusOf, textOf, typeOf } from "../facts.js";

type Members = Readonly<Record<string, unknown>>;

/** An object without the members that have nothing to say; undefined where none is left. */
export function some(members: Members): Members | undefined {
  const left = Object.entries(members).filter(([, value]) => value !== undefined && value !== null);
  return left.length === 0 ? undefined : Object.fromEntries(left);
}

/** The members that have no other place; undefined where there are none. */
export function restOf(value: unknown, known: readonly string[]): Members | undefined {
  const left = Object.entries(membersOf(value)).filter(([name]) => !known.includes(name));
  return left.length === 0 ? undefined : Object.fromEntries(left);
}

/** A masked address is no address: receivers refuse it in a field of that type. */
export function addressOf({ value }: AuditEntry): {
  readonly ip?: string;
  readonly other?: string;
} {
  const client = textOf(value["client"]);
  if (client === undefined) return {};
  return isIP(client) > 0 ? { ip: client } : { other: client };
}

/** `order.refunded` is the application's; these are the gate's own. */
export type Origin = "request" | "session" | "policy" | "audit" | "application";

export function originOf(entry: AuditEntry): Origin {
  const type = entry.value["type"];
  if (type === "request" || type === "decision") return "request";
  const [word] = (typeOf(entry) ?? "").split(".", 1);
  return word === "session" || word === "policy" || word === "audit" ? word : "application";
}

const FAILED_SESSIONS = ["session.refused", "session.token-reused"];

export function outcomeOf(entry: AuditEntry): "success" | "failure" | "unknown" {
  const origin = originOf(entry);
  const type = typeOf(entry) ?? "";
  if (origin === "session") return FAILED_SESSIONS.includes(type) ? "failure" : "success";
  if (type === "audit.event-rejected") return "failure";
  const decision = decisionOf(entry);
  const status = statusOf(entry);
  const outcome = entry.value["outcome"];
  if (decision === "deny" || outcome === "aborted" || (status ?? 0) >= 400) return "failure";
  if (outcome === "unknown") return "unknown";
  if (decision === "allow") return "success";
  return status === undefined ? "unknown" : "success";
}
