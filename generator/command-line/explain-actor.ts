import type { Explanation, PermissionExplanation, Snapshot } from "@gatewright/runtime";
import { visible } from "../diagnostics/visible.js";
import type { PolicyModel } from "../3-model/policy-model.js";
import type { SaidActor } from "./decide-caller.js";
import { findClauses } from "./find-clauses.js";
import type { Clause } from "./find-clauses.js";

/** Who acts for the caller, and what that takes away. */
export interface ActorExplanation extends SaidActor {
  /** What the policy says under `principal.actor`. */
  readonly permissions: "intersection" | "subject";
  /** Every line that grants or denies to the actor's roles what the route needs. */
  readonly clauses: readonly Clause[];
  /** Needed permissions that the caller's roles pass and the actor's do not; none where those do not count. */
  readonly lost: readonly LostPermission[];
}

export interface LostPermission {
  readonly permission: string;
  /** Roles of the caller that grant it, and count for nothing here. */
  readonly roles: readonly string[];
}

/** Undefined where nobody acts for the caller, or the policy does not read who does. */
export function explainActor(
  { model, snapshot }: { readonly model: PolicyModel; readonly snapshot: Snapshot },
  actor: SaidActor | undefined,
  explanation: Explanation,
): ActorExplanation | undefined {
  const rule = snapshot.source.principal.actor;
  if (actor === undefined || rule === null) return undefined;
  const { permissions, actorPermissions = [] } = explanation;
  const needed = permissions.map(({ name }) => name);
  const lost = permissions.filter((own, index) => passes(own) && !passes(actorPermissions[index]));
  return {
    ...actor,
    permissions: rule.permissions,
    clauses: findClauses(model, needed, actor.roles),
    lost:
      rule.permissions === "subject"
        ? []
        : lost.map(({ name, grantedBy }) => ({ permission: name, roles: grantedBy })),
  };
}

/** `the actor service as clerk` */
export function describeActor({ id, roles }: SaidActor): string {
  const who = id === null ? "an actor" : `the actor ${id}`;
  return roles.length === 0 ? `${who} without any role` : `${who} as ${roles.join(", ")}`;
}

/** What the actor comes to, for people: its lines on each permission, and the roles that are lost by it. */
export function describeLoss({ permissions, clauses, lost }: ActorExplanation): readonly string[] {
  if (permissions === "subject") return ["the policy lets the caller's roles count alone"];
  const lines = clauses.map(({ permission, effect, role, writtenIn, at, conditional }) => {
    const verb = effect === "grant" ? "granted" : "denied";
    const through = role === writtenIn ? "" : ` through ${writtenIn}`;
    const under = conditional ? " under conditions" : "";
    return visible(`  ${permission} ${verb} to ${role}${through}${under} (${at})`);
  });
  const shown = lines.slice(0, MAX_LINES);
  const more = lines.length - MAX_LINES;
  return [
    lines.length === 0 ? "of the actor: nothing is granted" : "of the actor:",
    ...shown,
    ...(more > 0 ? [`  and ${more} more`] : []),
    ...lost.map(({ permission, roles }) =>
      visible(`lost by the actor: ${permission} of ${roles.join(", ")}`),
    ),
  ];
}

/** As many as people read; scripts get all. */
const MAX_LINES = 10;

function passes(permission: PermissionExplanation | undefined): boolean {
  return (
    permission !== undefined && permission.grantedBy.length > 0 && permission.deniedBy.length === 0
  );
}
