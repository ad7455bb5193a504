import type { AuditEntry } from "./audit-entry.js";
import * as facts from "./facts.js";

/** All that is given has to fit. */
export interface AuditFilter {
  /** Milliseconds since the epoch of Unix; `since` is in, `until` is out. What has no time fits neither. */
  readonly since?: number | undefined;
  readonly until?: number | undefined;
  /** Id of the principal, or of one who acted for it. */
  readonly actor?: string | undefined;
  readonly tenant?: string | undefined;
  readonly route?: string | undefined;
  readonly decision?: string | undefined;
  readonly category?: string | undefined;
  /** `session.ended`, or `session.*` for all that begin so. */
  readonly type?: string | undefined;
  /** Id of an event, or of the request that it belongs to. */
  readonly id?: string | undefined;
  readonly trace?: string | undefined;
}

type Test = (entry: AuditEntry) => boolean;

/** Whether an event fits. */
export function createFilter(filter: AuditFilter): Test {
  const { since = -Infinity, until = Infinity, type, id, actor } = filter;
  const tests: Test[] = [];
  const same = (wanted: string | undefined, read: (entry: AuditEntry) => unknown) => {
    if (wanted !== undefined) tests.push((entry) => read(entry) === wanted);
  };
  same(filter.decision, facts.decisionOf);
  same(filter.category, facts.categoryOf);
  same(filter.tenant, facts.tenantOf);
  same(filter.route, ({ value }) => value["route"]);
  same(filter.trace?.toLowerCase(), ({ value }) => value["traceId"]);
  if (type?.endsWith(".*") === true) {
    const prefix = type.slice(0, -1);
    tests.push((entry) => facts.typeOf(entry)?.startsWith(prefix) === true);
  } else if (type !== undefined) {
    tests.push((entry) => facts.typeOf(entry) === type || entry.value["type"] === type);
  }
  if (id !== undefined)
    tests.push((entry) => facts.idOf(entry) === id || entry.value["request"] === id);
  if (actor !== undefined) {
    tests.push(
      (entry) => facts.actorOf(entry)?.id === actor || facts.delegatesOf(entry).includes(actor),
    );
  }
  if (filter.since !== undefined || filter.until !== undefined) {
    tests.push((entry) => {
      const time = facts.millisecondsOf(entry);
      return time !== undefined && time >= since && time < until;
    });
  }
  return (entry) => tests.every((test) => test(entry));
}
