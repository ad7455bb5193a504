import type { Explanation, PermissionExplanation, Reach } from "@gatewright/runtime";
import { visible } from "../diagnostics/visible.js";
import { describeActor, describeLoss } from "./explain-actor.js";
import type { ActorExplanation } from "./explain-actor.js";
import type { Clause } from "./find-clauses.js";
import { describeStrategies } from "./find-strategies.js";
import type { StrategyView } from "./find-strategies.js";
import type { ConditionsExplanation } from "./judge-conditions.js";
import { describeToken } from "./judge-token.js";
import type { TokenExplanation } from "./judge-token.js";
import type { AskedRequest } from "./read-request.js";
import type { Terminal } from "./terminal.js";

/** What `explain` found out. */
export interface ExplainAnswer {
  readonly request: AskedRequest;
  readonly caller: {
    readonly kind: string;
    readonly roles: readonly string[] | null;
    /** Left out where the credentials are accepted, or nobody reads them. */
    readonly cause?: string;
  };
  /** Left out where nobody acts for the caller. */
  readonly actor?: ActorExplanation;
  /** Left out where the policy names no strategies; empty where no credentials are read. */
  readonly strategies?: readonly StrategyView[];
  readonly explanation: Explanation;
  readonly clauses: readonly Clause[];
  /** Null where the route asks nothing of the token besides roles. */
  readonly token: TokenExplanation | null;
  /** Null where no conditions decide. */
  readonly conditions: ConditionsExplanation | null;
  /** Names of headers that the policy does not let conditions read. */
  readonly ignoredHeaders: readonly string[];
  readonly unknownRoles: readonly { readonly name: string; readonly suggestion: string | null }[];
}

/** As many as people read; scripts get all. */
const MAX_LINES = 10;

/** An explanation for people; `reach` holds the roles that would pass. */
export function printExplanation(
  answer: ExplainAnswer,
  reach: Pick<Reach, "roles" | "conditionalRoles">,
  paint: Terminal["paint"],
): string {
  const { explanation, request, caller, actor, strategies = [] } = answer;
  const { outcome, status, reason, detail, route, rule, permissions, allowedMethods } = explanation;
  const verdicts = {
    allow: paint("green", "allow"),
    deny: paint("red", `deny ${status} ${reason}`),
    depends: paint(
      "yellow",
      reason === "conditional" ? "depends on conditions" : "depends on the token",
    ),
  };
  const verdict = verdicts[outcome];
  const isHopeful = reason === "missing-credentials" || reason === "forbidden";
  return [
    `${request.method} ${visible(request.target)} ${visible(describeCaller(answer))}: ${verdict}`,
    `  ${visible(detail)}`,
    ...(route === null ? [] : [`route ${visible(route)} (${visible(rule ?? "")})`]),
    ...(strategies.length === 0 ? [] : [`takes credentials of ${describeStrategies(strategies)}`]),
    ...permissions.flatMap((permission) =>
      caller.roles === null
        ? [`needs ${permission.name} (${visible(permission.at)})`]
        : describePermission(permission, answer.clauses),
    ),
    ...(actor === undefined || permissions.length === 0 ? [] : describeLoss(actor)),
    ...needsOfToken(answer.token),
    ...(answer.conditions === null ? [] : describeConditions(answer.conditions)),
    ...hintsFor(answer),
    ...(allowedMethods.length === 0 ? [] : [`this caller may send ${allowedMethods.join(", ")}`]),
    ...(isHopeful && permissions.length > 0 ? describeReach(reach) : []),
    ...answer.unknownRoles.map(describeUnknown),
    ...answer.ignoredHeaders.map(describeIgnored),
  ].join("\n");
}

function describeCaller({ caller, actor }: ExplainAnswer): string {
  const { kind, roles, cause = "" } = caller;
  if (kind === "anonymous") return "without credentials";
  if (roles === null) {
    const isClaim = kind === "claims" && cause.startsWith("claim:");
    return isClaim ? "with claims that do not fit" : "with credentials that are not taken";
  }
  const by = actor === undefined ? "" : `, by ${describeActor(actor)}`;
  return `${roles.length === 0 ? "without any role" : `as ${roles.join(", ")}`}${by}`;
}

function describePermission(
  { name, at, grantedBy, deniedBy }: PermissionExplanation,
  clauses: readonly Clause[],
): readonly string[] {
  const granted = grantedBy.length > 0 ? "granted" : "not granted";
  const own = clauses.filter(({ permission }) => permission === name);
  // One deny decides, and must not be lost behind many grants.
  const denies = own.filter(({ effect }) => effect === "deny");
  const ordered = [...denies, ...own.filter(({ effect }) => effect !== "deny")];
  const lines = ordered.map(({ effect, role, writtenIn, at: place, conditional }) => {
    const under = conditional ? " under conditions" : "";
    const verb = effect === "grant" ? "granted" : "denied";
    const through = role === writtenIn ? "" : ` through ${writtenIn}`;
    return visible(`  ${verb} to ${role}${through}${under} (${place})`);
  });
  const more = lines.length - MAX_LINES;
  return [
    `needs ${name} (${visible(at)}): ${deniedBy.length > 0 ? "denied" : granted}`,
    ...lines.slice(0, MAX_LINES),
    ...(more > 0 ? [`  and ${more} more`] : []),
  ];
}

function needsOfToken(token: TokenExplanation | null): readonly string[] {
  const parts = token === null ? [] : describeToken(token);
  return parts.map(([text, isMet]) => {
    const word = isMet === null ? "open" : isMet ? "met" : "not met";
    return visible(`needs ${text}: ${word}`);
  });
}

/** How to have decided what is open. */
function hintsFor({ explanation, token, conditions }: ExplainAnswer): readonly string[] {
  if (explanation.outcome !== "depends") return [];
  if (conditions?.outcome === "open") {
    return ["say more with `--claims`, `--resource` and `--ip` to have it decided"];
  }
  return token?.hasScopes === null ? ["say more with `--claims` to have it decided"] : [];
}

function describeReach({
  roles,
  conditionalRoles,
}: Pick<Reach, "roles" | "conditionalRoles">): readonly string[] {
  const under = `roles that pass if a condition holds: ${list(conditionalRoles)}`;
  return [`roles that pass alone: ${list(roles)}`, ...(conditionalRoles.length > 0 ? [under] : [])];
}

function describeConditions({ clauses, nearest }: ConditionsExplanation): readonly string[] {
  const lines = clauses.flatMap(({ effect, role, isActor, at, permission, holds, atoms }) => [
    visible(
      `${effect} of ${permission} in ${role}${isActor ? " of the actor" : ""} (${at}): ${wordFor(holds)}`,
    ),
    ...atoms.map(({ text, at: place, value }) =>
      visible(`  ${text} (${place}): ${wordFor(value)}`),
    ),
  ]);
  const unmet = nearest?.unmet ?? [];
  const change = unmet.map((text) => visible(`\`${text}\``)).join(" and ");
  return [
    ...lines.slice(0, MAX_CONDITION_LINES),
    ...(lines.length > MAX_CONDITION_LINES
      ? [`and ${lines.length - MAX_CONDITION_LINES} more`]
      : []),
    ...(unmet.length === 0 ? [] : [`it would pass if ${change} held`]),
  ];
}

function wordFor(value: boolean | null): string {
  if (value === null) return "open";
  return value ? "holds" : "does not hold";
}

/** As many as people read; scripts get all. */
const MAX_CONDITION_LINES = 40;

function describeUnknown({ name, suggestion }: ExplainAnswer["unknownRoles"][number]): string {
  const help = suggestion === null ? "" : `; did you mean \`${visible(suggestion)}\`?`;
  return `the policy has no role \`${visible(name)}\`, it gives nothing${help}`;
}

function describeIgnored(name: string): string {
  return `the policy names no header \`${visible(name)}\` under \`request\`, it is ignored`;
}

function list(names: readonly string[]): string {
  if (names.length === 0) return "none";
  const shown = names.slice(0, MAX_LINES).map(visible).join(", ");
  return names.length > MAX_LINES ? `${shown} and ${names.length - MAX_LINES} more` : shown;
}
