import type { IncomingMessage, ServerResponse } from "node:http";
import { authorize, incomplete, pass } from "./authorize.js";
import { refuseSplit } from "./connect.js";
import { permissionPasses } from "./decide.js";
import { refuse } from "./problem.js";
import type { Problem } from "./problem.js";
import { contextOf, rolesOf } from "./request-context.js";
import type { RequestContext } from "./request-context.js";
import { routeOf } from "./snapshot.js";
import type { GateState } from "./stages.js";
import type { Snapshot } from "./snapshot.js";

/** A request that meets a guard. */
export interface GuardedRequest {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Of the guard: a route or a permission. */
  readonly id: string;
  /** Called once, where the request may go on. */
  readonly proceed: () => void;
  /** Called where the guard itself fails. */
  readonly fail: (error: unknown) => void;
}

/**
 * The check of a route guard: the stages ran, and the policy decides this very request by the route
 * that the guard is for. A host that runs another handler than the policy decided on is refused.
 */
export function authorizeRoute(guarded: GuardedRequest): void {
  const { request, response, id } = guarded;
  const context = completed(request, response);
  if (context === undefined) return;
  const { snapshot } = context.policy;
  const number = numbersIn(snapshot).routes.get(id);
  if (number === undefined) {
    const detail = "the policy no longer has this route";
    refuse(context, response, { code: "forbidden", detail, cause: "unknown-guard" });
    return;
  }
  if (context.located?.route !== number) {
    incomplete(context, response, "the policy decides this request by another route");
    return;
  }
  const params = authorize(context, response);
  if (params === undefined) return;
  Object.assign(request, { params });
  proceedAdmitted(guarded, context);
}

/** The check of a permission guard: the permission, and the route's own rule where the path has one. */
export function authorizePermission(guarded: GuardedRequest): void {
  const { request, response, id, fail } = guarded;
  const context = completed(request, response);
  if (context?.located === undefined) return;
  const { snapshot } = context.policy;
  const { route } = context.located;
  const roles = rolesOf(context);
  if (route !== -1 && routeOf(snapshot, route).access === "public") {
    incomplete(context, response, "a permission guards a route that the policy calls public");
    return;
  }
  const split = refuseSplit(request, context);
  if (split !== undefined) {
    refuse(context, response, split);
    return;
  }
  if (route !== -1 && authorize(context, response) === undefined) return;
  const permission = numbersIn(snapshot).permissions.get(id);
  if (
    roles === null ||
    permission === undefined ||
    !permissionPasses(snapshot, permission, roles)
  ) {
    const detail = "no role of the principal allows this";
    refuse(context, response, { code: "forbidden", detail, cause: "guard" });
    return;
  }
  const refusedBy = (problem: Problem | undefined) => {
    if (problem !== undefined) refuse(context, response, problem);
    else if (!context.isClosed) {
      pass(context, response, "granted");
      proceedAdmitted(guarded, context);
    }
  };
  const { rules } = context.policy;
  if (rules === undefined) refusedBy(undefined);
  else rules.check(context, request, [permission]).then(refusedBy, fail);
}

/** Goes on once the audit log has the decision, where its category wants that. */
function proceedAdmitted(
  { response, proceed, fail }: GuardedRequest,
  context: RequestContext,
): void {
  // A context is made by the log of a gate, with that gate.
  const { sink } = context.gate as GateState;
  const waiting = sink.admit?.(context, response, {});
  if (waiting === undefined) proceed();
  else {
    waiting.then((params) => {
      if (params !== undefined && !context.isClosed) proceed();
    }, fail);
  }
}

/** The context of a request that passed audit-open, the target check and authentication. */
function completed(request: IncomingMessage, response: ServerResponse): RequestContext | undefined {
  const context = contextOf(request);
  if (context?.located === undefined) {
    return incomplete(context, response);
  }
  // The record is written, so nothing may run for this request any more.
  if (context.isClosed) return undefined;
  const { route } = context.located;
  const isPublic = route !== -1 && routeOf(context.policy.snapshot, route).access === "public";
  if (context.authentication === undefined && !isPublic) {
    return incomplete(context, response);
  }
  return context;
}

interface Numbers {
  readonly routes: ReadonlyMap<string, number>;
  readonly permissions: ReadonlyMap<string, number>;
}

const known = new WeakMap<Snapshot, Numbers>();

/** The numbers of what guards name; counted once for a snapshot, by its first guard. */
function numbersIn(snapshot: Snapshot): Numbers {
  const { routes, permissions } = snapshot.source;
  const numbers = known.get(snapshot) ?? {
    routes: new Map(routes.map(({ id }, number) => [id, number])),
    permissions: new Map(permissions.map(({ name }, number) => [name, number])),
  };
  known.set(snapshot, numbers);
  return numbers;
}
