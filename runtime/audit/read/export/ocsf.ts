import type { AuditEntry } from "../audit-entry.js";
import * as facts from "../facts.js";
import { addressOf, originOf, outcomeOf, restOf, some } from "./shape.js";
import type { Origin } from "./shape.js";

/** Of the Open Cybersecurity Schema Framework, https://schema.ocsf.io/1.3.0 */
export const OCSF_VERSION = "1.3.0";

const CLASSES = {
  base: { category_uid: 0, class_uid: 0 },
  authentication: { category_uid: 3, class_uid: 3002 },
  entityManagement: { category_uid: 3, class_uid: 3004 },
  apiActivity: { category_uid: 6, class_uid: 6003 },
} as const;

const CLASS_OF: Readonly<Record<Origin, (typeof CLASSES)[keyof typeof CLASSES]>> = {
  request: CLASSES.apiActivity,
  application: CLASSES.apiActivity,
  session: CLASSES.authentication,
  policy: CLASSES.entityManagement,
  audit: CLASSES.base,
};

/** API Activity: Create, Read, Update, Delete. */
const ACTIVITY_OF_METHOD: ReadonlyMap<unknown, number> = new Map([
  ["POST", 1],
  ["GET", 2],
  ["HEAD", 2],
  ["OPTIONS", 2],
  ["PUT", 3],
  ["PATCH", 3],
  ["DELETE", 4],
]);

/** Authentication: Logon and Logoff. */
const ACTIVITY_OF_SESSION: ReadonlyMap<unknown, number> = new Map([
  ["session.created", 1],
  ["session.ended", 2],
]);

const OTHER = 99;
const STATUS = { unknown: 0, success: 1, failure: 2 } as const;
const INFORMATIONAL = 1;
const LOW = 2;
const MEDIUM = 3;
const CRITICAL = 5;

/** What has a place of its own below; all else goes to `unmapped`. */
const MAPPED = [
  "id",
  "sequence",
  "time",
  "observedTime",
  "traceId",
  "tenant",
  "principal",
  "actor",
  "subject",
  "session",
  "resource",
  "method",
  "path",
  "route",
  "rule",
  "status",
  "durationMs",
  "decision",
  "reason",
];

/** Undefined where the line has no time, which OCSF requires. */
export function toOcsf(entry: AuditEntry): object | undefined {
  const time = facts.millisecondsOf(entry);
  if (time === undefined) return undefined;
  const { value } = entry;
  const origin = originOf(entry);
  const { category_uid, class_uid } = CLASS_OF[origin];
  const type = facts.typeOf(entry);
  const activity_id = activityOf(entry, origin, type);
  const outcome = outcomeOf(entry);
  return {
    activity_id,
    ...(activity_id === OTHER && { activity_name: type ?? "unknown" }),
    category_uid,
    class_uid,
    type_uid: class_uid * 100 + activity_id,
    time,
    severity_id: severityOf(entry, type),
    status_id: STATUS[outcome],
    status_detail: facts.textOf(value["reason"]),
    status_code: statusCodeOf(entry),
    duration: durationOf(entry),
    metadata: metadataOf(entry, type),
    ...partsOf(entry, origin),
    unmapped: unmappedOf(entry),
  };
}

function partsOf(entry: AuditEntry, origin: Origin): object {
  const { value } = entry;
  const operation = facts.textOf(value["route"]) ?? facts.typeOf(entry) ?? "unknown";
  if (origin === "audit") return { actor: knownActor(entry) };
  if (origin === "policy") {
    const uid = facts.textOf(value["snapshot"]);
    return {
      actor: knownActor(entry),
      entity: some({ name: "policy", type: "Policy", uid }),
    };
  }
  if (origin === "session") {
    return {
      user: userOf(entry),
      service: { name: "gatewright" },
      session: some({ uid: facts.textOf(value["session"]) }),
      src_endpoint: knownEndpoint(entry),
    };
  }
  return {
    actor: { ...(knownActor(entry) ?? { user: userOf(entry) }), ...authorizationsOf(entry) },
    api: { operation: origin === "request" ? operation : (facts.typeOf(entry) ?? "unknown") },
    // Required: where nobody knows the client, that is what is said.
    src_endpoint: knownEndpoint(entry) ?? { name: "unknown" },
    http_request: some({
      http_method: facts.textOf(value["method"]),
      url: some({ path: facts.textOf(value["path"]) }),
    }),
    http_response: some({ code: facts.statusOf(entry) }),
    resources: resourcesOf(entry),
  };
}

function activityOf({ value }: AuditEntry, origin: Origin, type: string | undefined): number {
  if (origin === "session") return ACTIVITY_OF_SESSION.get(type) ?? OTHER;
  if (origin === "policy") return type === "policy.swapped" ? 3 : OTHER;
  if (origin !== "request") return OTHER;
  if (facts.textOf(value["method"]) === undefined) return 0;
  return ACTIVITY_OF_METHOD.get(value["method"]) ?? OTHER;
}

function severityOf({ value }: AuditEntry, type: string | undefined): number {
  const severity = value["severity"];
  if (severity === "critical") return CRITICAL;
  if (severity === "warning" || type === "audit.event-rejected") return MEDIUM;
  return value["decision"] === "deny" ? LOW : INFORMATIONAL;
}

function statusCodeOf(entry: AuditEntry): string | undefined {
  const status = facts.statusOf(entry);
  return status === undefined ? undefined : String(status);
}

/** Milliseconds, whole. */
function durationOf({ value }: AuditEntry): number | undefined {
  const duration = facts.numberOf(value["durationMs"]);
  return duration === undefined || duration < 0 ? undefined : Math.round(duration);
}

function metadataOf(entry: AuditEntry, type: string | undefined): object {
  const observed = facts.textOf(entry.value["observedTime"]);
  const logged = observed === undefined ? Number.NaN : Date.parse(observed);
  return {
    version: OCSF_VERSION,
    product: { name: "gatewright", vendor_name: "gatewright" },
    uid: facts.idOf(entry),
    sequence: facts.sequenceOf(entry),
    event_code: type,
    log_name: facts.categoryOf(entry),
    // As it is, for time in milliseconds is less than the line may have.
    original_time: facts.timeOf(entry),
    ...(Number.isNaN(logged) ? {} : { logged_time: logged }),
    correlation_uid: facts.textOf(entry.value["traceId"]),
    tenant_uid: facts.tenantOf(entry),
  };
}

function knownActor(entry: AuditEntry): object | undefined {
  const actor = facts.actorOf(entry);
  if (actor === undefined) return undefined;
  const idp = actor.issuer === undefined ? {} : { idp: { uid: actor.issuer } };
  return { user: userOf(entry), ...idp };
}

function userOf(entry: AuditEntry): object {
  const actor = facts.actorOf(entry);
  return actor === undefined ? { name: "unknown", type_id: 0 } : { uid: actor.id };
}

function authorizationsOf(entry: AuditEntry): object {
  const decision = facts.decisionOf(entry);
  if (decision === undefined || decision === "none") return {};
  const policy = some({ name: facts.textOf(entry.value["rule"]) });
  return { authorizations: [{ decision, ...(policy && { policy }) }] };
}

function knownEndpoint(entry: AuditEntry): object | undefined {
  const { ip, other } = addressOf(entry);
  return some({ ip, name: other });
}

function resourcesOf(entry: AuditEntry): readonly object[] | undefined {
  const { type, id } = facts.resourceOf(entry);
  const name = id === undefined ? type : undefined;
  const resource = some({ uid: id, name, type });
  return resource && [resource];
}

function unmappedOf(entry: AuditEntry): object | undefined {
  const { value } = entry;
  return some({
    ...restOf(value, [...MAPPED, "client"]),
    principal: restOf(value["principal"], ["id", "issuer", "tenant"]),
    actor: restOf(value["actor"], ["id", "issuer"]),
    resource: restOf(value["resource"], ["id", "type"]),
    decision: value["decision"] === "none" ? "none" : undefined,
    route: originOf(entry) === "request" ? undefined : value["route"],
  });
}
