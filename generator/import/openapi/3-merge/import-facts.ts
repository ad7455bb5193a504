import { printPattern } from "../../../3-model/parse-pattern.js";
import type { PatternSegment } from "../../../3-model/parse-pattern.js";
import type { ImportPlan, PlannedRoute } from "../2-plan/import-plan.js";

/**
 * What an import says, in the form in which two imports and a policy are compared. The document, the
 * last import and the policy that people edit are three of these.
 */
export interface ImportFacts {
  /** By method and pattern, without the names of parameters. */
  readonly routes: ReadonlyMap<string, RouteFacts>;
  readonly resources: ReadonlyMap<string, ResourceFacts>;
  readonly roles: ReadonlyMap<string, RoleFacts>;
}

/** Every field is text, and empty where there is nothing to say: each is merged by itself. */
export interface RouteFacts {
  /** As it is written: `GET /orders/:orderId`. */
  readonly id: string;
  /** `public`, `public identity`, `authenticated`, or sorted permissions with `, ` between. */
  readonly need: string;
  readonly catchAll: string;
  readonly fallThrough: string;
  /** Positions of the segments whose parameters may hold a slash, with `, ` between. */
  readonly slashes: string;
  readonly comment: string;
}

/** The fields that decide; a comment decides nothing. */
export const decidingFields = ["need", "catchAll", "fallThrough", "slashes"] as const;

/** Whether two routes decide alike; one that is not there is like none. */
export function decideAlike(one: RouteFacts | undefined, other: RouteFacts | undefined): boolean {
  if (one === undefined || other === undefined) return false;
  return decidingFields.every((field) => one[field] === other[field]);
}

export interface ResourceFacts {
  readonly description: string;
  readonly actions: readonly string[];
  /** Whether people added what no import writes, such as attributes. */
  readonly isExtended: boolean;
}

export interface RoleFacts {
  readonly description: string;
  readonly inherits: readonly string[];
  readonly grants: readonly string[];
  /** People's alone: no import writes any. */
  readonly denies: readonly string[];
}

/** The names of parameters are people's to choose, and so is `*`: a route is the same under others. */
export function factKey(method: string, segments: readonly PatternSegment[]): string {
  const nameless = segments.map((segment): PatternSegment => {
    const isOne = segment.kind === "param" || segment.kind === "star";
    return isOne ? { kind: "param", name: "" } : segment;
  });
  return `${method} ${printPattern(nameless)}`;
}

export function slashPositions(
  segments: readonly PatternSegment[],
  isSlashed: (name: string) => boolean,
): string {
  const found = segments.flatMap((segment, position) =>
    segment.kind === "param" && isSlashed(segment.name) ? String(position) : [],
  );
  return found.join(", ");
}

export function factsOfPlan(plan: ImportPlan): ImportFacts {
  return {
    routes: new Map(
      plan.routes.map((route) => [factKey(route.method, route.segments), routeFacts(route)]),
    ),
    resources: new Map(
      plan.resources.map(({ name, description, actions }) => [
        name,
        { description, actions, isExtended: false },
      ]),
    ),
    roles: new Map(
      plan.roles.map(({ name, description, inherits, grants }) => [
        name,
        { description, inherits, grants, denies: [] },
      ]),
    ),
  };
}

function routeFacts({ method, segments, rule, slashes, comment }: PlannedRoute): RouteFacts {
  return {
    id: `${method} ${printPattern(segments)}`,
    need: rule.need,
    catchAll: rule.catchAll ?? "",
    fallThrough: rule.fallThrough ?? "",
    slashes: slashPositions(segments, (name) => slashes.includes(name)),
    comment,
  };
}
