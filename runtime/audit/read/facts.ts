import type { AuditEntry } from "./audit-entry.js";

type Value = Readonly<Record<string, unknown>>;

/** Text that is there and is not empty. */
export function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

export function numberOf(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

/** An object's members; none where it is no object. */
export function membersOf(value: unknown): Value {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Value)
    : {};
}

export function textsOf(value: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.flatMap((item) => textOf(item) ?? []);
}

/** What happened: `request`, `decision`, or the name of an event; lines about sessions have theirs in `event`. */
export function typeOf({ value }: AuditEntry): string | undefined {
  const type = textOf(value["type"]);
  return type === "session" ? (textOf(value["event"]) ?? type) : type;
}

export function categoryOf({ value, category }: AuditEntry): string | undefined {
  return textOf(value["category"]) ?? textOf(category);
}

export function idOf({ value, id }: AuditEntry): string | undefined {
  return textOf(value["id"]) ?? textOf(id);
}

export function epochOf({ value, epoch }: AuditEntry): number | undefined {
  return countOf(value["epoch"]) ?? countOf(epoch);
}

export function sequenceOf({ value, sequence }: AuditEntry): number | undefined {
  return countOf(value["sequence"]) ?? countOf(sequence);
}

function countOf(value: unknown): number | undefined {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/;

/** When it happened, as the line has it: ISO 8601 in UTC. */
export function timeOf({ value }: AuditEntry): string | undefined {
  const time = textOf(value["time"]);
  return time !== undefined && TIME.test(time) && !Number.isNaN(Date.parse(time))
    ? time
    : undefined;
}

/** Milliseconds since the epoch of Unix. */
export function millisecondsOf(entry: AuditEntry): number | undefined {
  const time = timeOf(entry);
  return time === undefined ? undefined : Date.parse(time);
}

export interface Actor {
  readonly id: string;
  readonly issuer: string | undefined;
  readonly roles: readonly string[];
}

/** Whom the event is about: the principal of a request, the actor of an event, the subject of a session. */
export function actorOf({ value }: AuditEntry): Actor | undefined {
  for (const found of [value["principal"], value["actor"]]) {
    const { id, issuer, roles } = membersOf(found);
    const known = textOf(id);
    if (known !== undefined) return { id: known, issuer: textOf(issuer), roles: textsOf(roles) };
  }
  const subject = textOf(value["subject"]);
  return subject === undefined ? undefined : { id: subject, issuer: undefined, roles: [] };
}

/** A chain of delegation that is longer is not followed. */
const MAX_ACTORS = 16;

/** Who acted for the principal, the present one first (RFC 8693, section 4.1). */
export function delegatesOf({ value }: AuditEntry): readonly string[] {
  const found: string[] = [];
  let next = membersOf(membersOf(value["principal"])["actor"]);
  for (let count = 0; count < MAX_ACTORS; count += 1) {
    const id = textOf(next["id"]) ?? textOf(next["subject"]) ?? textOf(next["sub"]);
    if (id === undefined) break;
    found.push(id);
    next = membersOf(next["actor"] ?? next["act"]);
  }
  return found;
}

export function tenantOf({ value }: AuditEntry): string | undefined {
  return textOf(value["tenant"]) ?? textOf(membersOf(value["principal"])["tenant"]);
}

export function resourceOf({ value }: AuditEntry) {
  const { type, id } = membersOf(value["resource"]);
  const known = typeof id === "number" ? String(id) : textOf(id);
  return { type: textOf(type), id: known };
}

/** `allow`, `deny` or `none`. */
export function decisionOf({ value }: AuditEntry): "allow" | "deny" | "none" | undefined {
  const decision = value["decision"];
  return decision === "allow" || decision === "deny" || decision === "none" ? decision : undefined;
}

export function statusOf({ value }: AuditEntry): number | undefined {
  const status = value["status"];
  return typeof status === "number" && Number.isInteger(status) && status >= 100 && status <= 599
    ? status
    : undefined;
}
