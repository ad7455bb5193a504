import { locate, readParams, rolesPass } from "./decide.js";
import type { Located } from "./decide.js";
import type { ProblemCode } from "./gate-error.js";
import { routeOf } from "./snapshot.js";
import type { RoleMask, Snapshot } from "./snapshot.js";

/** Why a request passes. */
export type PassReason = "public" | "authenticated" | "granted";

/** Decoded parameter values by name; `**` holds the rest of the path. */
export type ParamValues = Readonly<Record<string, string | number>>;

export type Answer =
  | { readonly pass: true; readonly reason: PassReason; readonly params: ParamValues }
  | {
      readonly pass: false;
      readonly problem: ProblemCode;
      readonly detail: string;
      /** For `Allow`; only with `method-not-allowed`. */
      readonly allowedMethods?: readonly string[] | undefined;
    };

/**
 * The first line of the answer table that applies. `roles` is null for a request without a principal;
 * `missing-credentials` then means: authenticate, and ask again.
 */
export function answerFor(
  snapshot: Snapshot,
  request: { readonly method: string; readonly located: Located },
  roles: RoleMask | null,
): Answer {
  const { located } = request;
  if (located.refusal !== undefined)
    return refused("invalid-target", `the path ${located.refusal}`);
  const isDisclosed = snapshot.source.problems.disclose;
  if (located.route === -1) {
    if (roles === null && !isDisclosed) return challenged;
    return unmatched(snapshot, located.path, isDisclosed ? null : roles);
  }
  const { access } = routeOf(snapshot, located.route);
  if (access !== "public") {
    if (roles === null) return challenged;
    if (!rolesPass(snapshot, located.route, roles)) {
      return refused("forbidden", "no role of the principal allows this");
    }
  }
  const params = readParams(snapshot, located.route, located.path);
  if (params === undefined) {
    return refused("invalid-parameter", "a parameter of the path has another type");
  }
  return { pass: true, reason: access === "permissions" ? "granted" : access, params };
}

/** The methods bound at a path whose role check passes; all of them where `roles` is null. */
export function allowedMethods(
  snapshot: Snapshot,
  path: string,
  roles: RoleMask | null,
): readonly string[] {
  const { methods } = snapshot.source;
  // A GET rule answers HEAD as well.
  return [...new Set([...methods, "HEAD"])].toSorted().filter((method) => {
    const { route } = locate(snapshot, method, path === "" ? "/" : path);
    return route !== -1 && (roles === null || rolesPass(snapshot, route, roles));
  });
}

const challenged: Answer = refused("missing-credentials", "the request carries no credentials");

function unmatched(snapshot: Snapshot, path: string, roles: RoleMask | null): Answer {
  const allowed = allowedMethods(snapshot, path, roles);
  if (allowed.length === 0) return refused("not-found", "no route of the policy has this path");
  const detail = "the path is known under other methods";
  return { pass: false, problem: "method-not-allowed", detail, allowedMethods: allowed };
}

function refused(problem: ProblemCode, detail: string): Extract<Answer, { readonly pass: false }> {
  return { pass: false, problem, detail };
}
