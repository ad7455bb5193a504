import { parse } from "node:url";
import { isDeepStrictEqual } from "node:util";
import type { RequestRecord } from "@gatewright/runtime";
import type { AskHost } from "./ask-host.js";
import type { Trial } from "./random-trial.js";
import { admits } from "./route-table.js";
import type { RouteTable, TableRoute } from "./route-table.js";
import { rewrite } from "./scenario.js";
import type { Scenario } from "./scenario.js";
import type { Answered } from "./send-trials.js";
import type { Outcome, Run } from "./serve-scenario.js";

/** Everything about one trial that a verdict rests on. */
export interface Case {
  readonly scenario: Scenario;
  readonly trial: Trial;
  readonly outcome: Outcome;
  /** All with the id that the gate gave the request. */
  readonly records: readonly RequestRecord[];
  readonly askHost: AskHost;
}

/** What is wrong with an outcome, in words; undefined where nothing is. */
export function judge(found: Case): string | undefined {
  const { outcome, trial } = found;
  const [run, second] = outcome.runs;
  if (second !== undefined) return "two handlers ran";
  if (outcome.answer === "hangs") return "there was no answer";
  const wrong = run === undefined ? judgeRefusal(found, outcome.answer) : judgeRun(found, run);
  return wrong ?? judgeRecord(found) ?? (isUnseen(trial, found) ? "nobody recorded it" : undefined);
}

/** A handler ran: the table must admit this caller to exactly this route. */
function judgeRun({ scenario, trial, outcome, askHost }: Case, run: Run): string | undefined {
  const { table, door } = scenario;
  const { answer } = outcome;
  const { roles } = trial.draft.caller;
  const url = routedUrl(scenario, outcome.url ?? "");
  if (answer !== "cut" && statusOf(answer) !== 200)
    return "the handler ran, and the answer is not its own";
  if (!admits(table, run.route, roles)) {
    return `\`${run.route.id}\` ran for a caller whom the policy refuses it`;
  }
  if (isForbidden(table, url))
    return "a handler ran for a target that is refused in every spelling";
  if (run.route.access !== "public" && !isDeepStrictEqual(run.roles, knownRoles(table, roles))) {
    return "the handler was told of another principal";
  }
  // A permission guard has no path; whoever holds the permissions passes it by another rule as well.
  if (door !== "permission guard" && run.decidedRoute !== run.route.id) {
    return `\`${run.route.id}\` ran and \`${run.decidedRoute}\` was decided`;
  }
  const wanted = expectParams(run.route, { table, url, isRestTold: isToldByGate(scenario) });
  const told = Object(run.params);
  // Connect hands `/b` on as `/B` where a mount path `/B` took it before, and so tells its handlers.
  const isFolded = scenario.host === "connect" && !isToldByGate(scenario);
  const spell = (text: unknown) => (isFolded ? String(text).toLowerCase() : text);
  const differs = Object.entries(wanted).find(
    ([name, value]) => spell(told[name]) !== spell(value),
  );
  if (differs !== undefined) return `the handler was told another value of \`${differs[0]}\``;
  if (door === "mount") {
    const hosted = spellings(scenario, url).map((spelling) =>
      askHost(trial.draft.method, spelling),
    );
    if (!hosted.includes(run.route))
      return `\`${run.route.id}\` ran and the host itself runs \`${hosted[0]?.id}\``;
  }
  return undefined;
}

/** The problems that stand for a fault in the application, and where the harness builds such a fault. */
function mayFail({ door, rewriter }: Scenario, problem: string): boolean {
  if (problem === "rewritten-target") return rewriter !== null;
  return problem === "chain-incomplete" && door !== "mount" && door !== "gate";
}

/** No handler ran: a client that did nothing odd and that the policy admits must not be turned away. */
function judgeRefusal(
  { scenario, trial, outcome, records, askHost }: Case,
  answer: Answered,
): string | undefined {
  if (typeof answer !== "object") return undefined;
  const { status } = answer;
  // The answer to HEAD has no body that would name the problem.
  const problem = answer.problem || (records[0]?.reason ?? "");
  // Before a gate that stands further in, a host may stumble by itself.
  const isReached = outcome.recordId !== undefined || standsFirst(scenario);
  if (status >= 500 && isReached && !mayFail(scenario, problem)) {
    return `the answer is ${status} ${problem}`;
  }
  // A router of Express answers OPTIONS itself where routes of other methods match; no handler runs.
  const { method } = trial.draft;
  if (method === "OPTIONS" && scenario.host.startsWith("express")) return undefined;
  if (status < 400) return `the answer is ${status} and no handler ran`;
  const isOrdered = scenario.door === "mount" || scenario.door === "gate";
  // Behind a gate on Connect, whose mounts end at dots, honest names with dots may be refused.
  const isDotted = scenario.host === "connect" && trial.target.includes(".");
  const isPlain = trial.mutations.length === 0 && scenario.rewriter === null && !isDotted;
  const hosted = isOrdered && isPlain ? askHost(method, trial.target) : undefined;
  if (hosted === undefined || !admits(scenario.table, hosted, trial.draft.caller.roles)) {
    return undefined;
  }
  return `\`${hosted.id}\` was refused to a caller whom the policy admits (${status} ${problem})`;
}

/** Exactly one record for every request that reached the gate, and it tells what happened. */
function judgeRecord({ scenario, outcome, records }: Case): string | undefined {
  const { answer, runs, recordId } = outcome;
  if (recordId === undefined) {
    if (runs.length > 0) return "a handler ran without a record";
    const { url } = outcome;
    const isMissing = url !== undefined && standsFirst(scenario) && !isPassedBy(scenario, url);
    return isMissing ? "a request did not reach the gate" : undefined;
  }
  const [record, second] = records;
  if (record === undefined) return "there is no record";
  if (second !== undefined) return "there are two records";
  if (runs.length > 0 && record.decision !== "allow") return `the record says ${record.decision}`;
  if (answer === "cut") return undefined;
  if (record.status !== statusOf(answer)) return `the record says status ${record.status}`;
  return record.outcome === "finished" ? undefined : `the record says ${record.outcome}`;
}

/** A request that the parser or Node itself refused, on a server whose other doors the gate has taken. */
function isUnseen({ draft }: Trial, { scenario, outcome }: Case): boolean {
  const { answer, url, recordId } = outcome;
  if (!scenario.isAttached || url !== undefined || recordId !== undefined) return false;
  // Where the gate has no part in it: see `isFronted`.
  if (scenario.host === "connect" && !scenario.isFronted) return false;
  // The record of such a HEAD is named in a body that a client of HEAD does not read.
  return answer !== "cut" && draft.method !== "HEAD";
}

/** Whether every request that the server hands to the application meets the gate before anything else. */
function standsFirst({ door, placing, isFronted }: Scenario): boolean {
  return isFronted || door === "mount" || (door !== "chain" && placing === "once");
}

/**
 * Whether a host runs no handler at all for a target, not even the gate: Express where the parser that it
 * asks finds no path, Connect where that path does not begin with a slash. The answer is its own 404.
 */
function isPassedBy({ host, isFronted }: Scenario, url: string): boolean {
  if (host === "node" || isFronted) return false;
  try {
    const { pathname } = parse(url);
    return host === "connect" ? !/^[/.]/.test(pathname ?? "/") : pathname === null;
  } catch {
    return true;
  }
}

function statusOf(answer: Answered): number | undefined {
  return typeof answer === "object" ? answer.status : undefined;
}

/**
 * What is left to be routed, with all prefixes. Behind a prefix, Express 4 takes two slashes for one; where
 * the gate is told to decide on what is left of a URL, that is what is left.
 */
function routedUrl({ rewriter }: Scenario, url: string): string {
  return rewriter === null ? url : rewrite(rewriter, url).replace(/[/]{2,}/g, "/");
}

/**
 * Below a prefix `/a`, Express hands on `/a` and `/a/` alike. Only the URL that was sent tells them apart,
 * and a gate that is told to decide on a rewritten one does not look at that.
 */
function spellings({ depth, rewriter, table }: Scenario, url: string): readonly string[] {
  const isLost = depth > 0 && rewriter?.isDeclared === true && table.strict;
  return isLost ? [url, url.replace(/[/](?=$|\?)/, "")] : [url];
}

/** Targets that no router may see, whatever its routes are: the list of the policy reference. */
function isForbidden(table: RouteTable, url: string): boolean {
  const path = url.slice(0, url.search(/\?|$/));
  const steps = path.split(/[/]|%2f/i);
  return (
    !path.startsWith("/") ||
    url.includes("#") ||
    /[/][/]|\\|%5c|%[01]|%7f|[^!-~]|%(?![0-9a-f]{2})/i.test(path) ||
    isEncodedUnreserved(path) ||
    steps.some((step) => /^\.\.?(;.*)?$/.test(step)) ||
    (path.includes(";") && table.semicolons === "refuse")
  );
}

function isEncodedUnreserved(path: string): boolean {
  return [...path.matchAll(/%([0-9a-f]{2})/gi)].some(([, digits = ""]) =>
    /[A-Za-z0-9._~-]/.test(String.fromCharCode(Number.parseInt(digits, 16))),
  );
}

/** By the places of the pattern alone. */
function expectParams(
  route: TableRoute,
  {
    table,
    url,
    isRestTold,
  }: { readonly table: RouteTable; readonly url: string; readonly isRestTold: boolean },
): Readonly<Record<string, string>> {
  const path = url.slice(0, url.search(/\?|$/));
  const segments = path.slice(1).split("/");
  if (segments.at(-1) === "" && (!table.strict || segments.length === 1)) segments.pop();
  return Object.fromEntries(
    route.segments.flatMap((part, index): readonly [string, string][] => {
      if (part.startsWith(":")) return [[part.slice(1), decodeURIComponent(segments[index] ?? "")]];
      if (part !== "**" || !isRestTold) return [];
      return [["**", segments.slice(index).map(decodeURIComponent).join("/")]];
    }),
  );
}

/** Whether the parameters came from the gate and not from the host. */
function isToldByGate({ door }: Scenario): boolean {
  return door === "mount" || door === "chain" || door === "route guard";
}

function knownRoles(table: RouteTable, roles: readonly string[] | null): readonly string[] | null {
  if (roles === null) return null;
  return table.roles.flatMap(({ name }) => (roles.includes(name) ? [name] : []));
}
