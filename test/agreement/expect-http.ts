import { isDeepStrictEqual } from "node:util";
import type { RequestRecord } from "@gatewright/runtime";
import type { Oracle, OracleAnswer, OracleRequest } from "../oracle/create-oracle.js";
import { holdsPermission } from "../oracle/holds-permission.js";
import { holdersOf, readActor } from "../oracle/read-actor.js";
import type { RawResponse } from "./raw-client.js";
import { seenIn } from "./serve-gate.js";

/** What a client and the record must see where the oracle says what it says. */
export interface Expected {
  readonly status: number;
  readonly reason: string;
  readonly route: string | null;
  readonly allow: readonly string[];
  readonly params: OracleAnswer["params"];
  readonly cause?: OracleAnswer["cause"];
}

/**
 * A chain built by hand. It cannot know before its end that nothing serves a path, so `disclose` does
 * not spare a caller without an acceptable token the challenge there.
 */
export function expectChain(oracle: Oracle, request: OracleRequest): Expected {
  const answer = oracle.answer(request);
  const isUnmatched = answer.reason === "not-found" || answer.reason === "method-not-allowed";
  if (!isUnmatched) return answer;
  if (request.roles === null) return stopped(null, 401, "missing-credentials");
  const isRefused = readActor(oracle.policy, request) === "refused";
  return isRefused ? stopped(null, 401, "invalid-token") : answer;
}

/** What the stages before any guard answer. */
const early: ReadonlySet<string> = new Set([
  "invalid-target",
  "missing-credentials",
  "invalid-token",
]);

/** A guard of one permission behind the stages: it has no path, but the rule of the path stands too. */
export function expectPermission(
  oracle: Oracle,
  request: OracleRequest,
  permission: string,
): Expected {
  const answer = expectChain(oracle, request);
  const { route, reason } = answer;
  if (early.has(reason)) return answer;
  if (isPublic(oracle, route)) return stopped(route, 500, "chain-incomplete");
  if (route !== null && answer.status !== 200) return answer;
  return holdersOf(oracle.policy, request).every((roles) =>
    holdsPermission(oracle.policy, roles, permission),
  )
    ? { ...stopped(route, 200, "granted"), params: answer.params }
    : stopped(route, 403, "forbidden");
}

/** The guard of another route than the one that the policy decides by. */
export function expectWrongGuard(oracle: Oracle, request: OracleRequest): Expected {
  const answer = expectChain(oracle, request);
  const { reason, route } = answer;
  return early.has(reason) ? answer : stopped(route, 500, "chain-incomplete");
}

/** No guard at all: `gate.close()` answers, and lets nothing pass. It asks for nothing behind the role check. */
export function expectClosed(oracle: Oracle, request: OracleRequest): Expected {
  const answer = expectChain(oracle, request);
  const passesRoles = answer.status === 200 || answer.cause === "actor";
  return passesRoles ? stopped(answer.route, 404, "not-found") : answer;
}

function isPublic(oracle: Oracle, id: string | null): boolean {
  return oracle.policy.routes.some(
    ({ method, segments, access }) =>
      id === `${method} /${segments.join("/")}` && access === "public",
  );
}

function stopped(route: string | null, status: number, reason: string): Expected {
  return { status, reason, route, allow: [], params: null };
}

/** What differs between an answer with its record and what is expected; undefined where nothing does. */
export function difference(
  oracle: Oracle,
  request: OracleRequest,
  expected: Expected,
  answered: {
    readonly response: RawResponse;
    readonly records: ReadonlyMap<string, RequestRecord>;
  },
): object | undefined {
  const seen = observe(request, answered);
  const wanted = demand(oracle, request, expected);
  // A handler that is told no parameters says so by leaving them out.
  if (!("params" in seen)) delete wanted["params"];
  return isDeepStrictEqual(seen, wanted) ? undefined : { request, wanted, seen };
}

type Observation = Record<string, unknown>;

function observe(
  request: OracleRequest,
  {
    response,
    records,
  }: {
    readonly response: RawResponse;
    readonly records: ReadonlyMap<string, RequestRecord>;
  },
): Observation {
  const { status, headers, body } = response;
  const allow = headers.get("allow")?.split(", ") ?? [];
  const seen = seenIn(response);
  // The answer to HEAD has no body that would name its record.
  if (seen === undefined && request.method === "HEAD") return { status, allow };
  if (seen === undefined) {
    const { type, instance } = body.startsWith("{")
      ? JSON.parse(body)
      : { type: body, instance: "" };
    const problem = String(type).replace(/^.*[:/]/, "");
    const id = String(instance).replace("urn:uuid:", "");
    return { status, allow, problem, record: recorded(records.get(id)) };
  }
  return {
    status,
    served: seen.route,
    roles: seen.principal?.roles.toSorted() ?? null,
    record: recorded(records.get(seen.id ?? "")),
    ...(seen.params === undefined ? {} : { params: seen.params }),
  };
}

function recorded(record: RequestRecord | undefined) {
  if (record === undefined) return "no record";
  const { status, reason, route, decision } = record;
  return { status, reason, route, decision };
}

function demand(oracle: Oracle, request: OracleRequest, expected: Expected): Observation {
  const { status, reason, route, allow, params } = expected;
  if (request.method === "HEAD" && status !== 200) return { status, allow };
  const decision = status === 200 ? "allow" : "deny";
  const record = { status, reason, route, decision };
  if (status !== 200) return { status, allow, problem: reason, record };
  const known = new Set(request.roles?.filter((role) => oracle.policy.roles.has(role)));
  const roles = reason === "public" ? null : [...known].toSorted();
  return { status, served: route, roles, record, params };
}
