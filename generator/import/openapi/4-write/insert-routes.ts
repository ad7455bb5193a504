import type { PolicyDocument } from "../../../1-load/policy-document.js";
import { printPattern } from "../../../3-model/parse-pattern.js";
import type { PatternSegment } from "../../../3-model/parse-pattern.js";
import type { PlannedRoute } from "../2-plan/import-plan.js";
import { factKey, slashPositions } from "../3-merge/import-facts.js";
import type { PathPlace, PolicyIndex } from "../3-merge/index-policies.js";
import { isFlow } from "../3-merge/source-lines.js";
import { insertFlow, joinEdits } from "./edit-map.js";
import type { Edits } from "./edit-map.js";
import { flowRule } from "./edit-route.js";
import { insertSection } from "./insert-section.js";
import { printRoutes } from "./print-routes.js";
import { printText } from "./print-text.js";
import { insertInto } from "./text-edit.js";

/** New routes by the longest path of the file that they share; undefined stands for the section itself. */
export type RouteGroups = ReadonlyMap<PathPlace | undefined, readonly PlannedRoute[]>;

export function groupRoutes(
  document: PolicyDocument,
  index: PolicyIndex,
  routes: readonly PlannedRoute[],
): RouteGroups {
  const groups = new Map<PathPlace | undefined, PlannedRoute[]>();
  if (routes.length === 0) return groups;
  const places = new Map<string, PathPlace>();
  for (const place of index.paths) {
    const key = factKey("", place.segments);
    if (place.document === document && !places.has(key)) places.set(key, place);
  }
  for (const route of routes) {
    const place = deepestPlace(places, route.segments);
    const group = groups.get(place);
    if (group === undefined) groups.set(place, [route]);
    else group.push(route);
  }
  return groups;
}

/** What the routes that end at a path of the file ask of it. */
export function slashesOf(groups: RouteGroups): ReadonlyMap<PathPlace, string> {
  const found = new Map<PathPlace, string>();
  for (const [place, routes] of groups) {
    const own = routes.find(({ segments }) => segments.length === place?.segments.length);
    if (place === undefined || own === undefined) continue;
    found.set(
      place,
      slashPositions(own.segments, (name) => own.slashes.includes(name)),
    );
  }
  return found;
}

/** Puts each group below its path, or at the end of the file's routes; `slashes` is what the paths admit by then. */
export function insertRoutes(
  document: PolicyDocument,
  groups: RouteGroups,
  slashes: ReadonlyMap<PathPlace, ReadonlySet<string>>,
): readonly Edits[] {
  return [...groups].map(([place, routes]) =>
    place === undefined
      ? insertTop(document, routes)
      : insertBelow(place, routes, slashes.get(place) ?? place.slashes),
  );
}

function deepestPlace(
  places: ReadonlyMap<string, PathPlace>,
  segments: readonly PatternSegment[],
): PathPlace | undefined {
  for (let length = segments.length; length > 0; length -= 1) {
    const place = places.get(factKey("", segments.slice(0, length)));
    if (place !== undefined) return place;
  }
  return segments.length === 0 ? places.get(factKey("", [])) : undefined;
}

function insertTop(document: PolicyDocument, routes: readonly PlannedRoute[]): Edits {
  return insertSection(document, "routes", (indent) =>
    printRoutes(routes, { indent, skip: 0, slashes: [] }),
  );
}

function insertBelow(
  place: PathPlace,
  routes: readonly PlannedRoute[],
  slashes: ReadonlySet<string>,
): Edits {
  const { text } = place.document.source;
  const { entry, segments } = place;
  const named = routes.map((route) => adoptNames(route, segments));
  const skip = segments.length;
  if (isFlow(text, entry.value) && entry.value.kind === "map") {
    const map = entry.value;
    const isPlain = named.every(
      (route) =>
        slashPositions(route.segments.slice(skip), (name) => route.slashes.includes(name)) === "",
    );
    const parts = flowParts(named, skip);
    return isPlain ? joinEdits([insertFlow(text, map, parts.join(", "))]) : undefined;
  }
  const print = (indent: string) => printRoutes(named, { indent, skip, slashes: [...slashes] });
  const edit = insertInto(text, entry, { print, depth: 1 + skip, at: "end" });
  return edit === undefined ? undefined : [edit];
}

/** People may have called the parameters of the shared path otherwise. */
function adoptNames(route: PlannedRoute, shared: readonly PatternSegment[]): PlannedRoute {
  const names = new Set(
    shared.flatMap((segment) => (segment.kind === "param" ? segment.name : [])),
  );
  const renamed = new Map<string, string>();
  const segments = route.segments.map((segment, position): PatternSegment => {
    const own = shared[position] ?? segment;
    if (segment.kind !== "param" || own.kind !== "param") return own;
    let { name } = own;
    if (position >= shared.length) {
      while (names.has(name)) name = `${name}_`;
      names.add(name);
    }
    renamed.set(segment.name, name);
    return { kind: "param", name };
  });
  return {
    ...route,
    segments,
    slashes: route.slashes.map((name) => renamed.get(name) ?? name).toSorted(),
  };
}

/** `POST: orders.create`, and for deeper paths `/refund: { POST: orders.refund }`. */
function flowParts(routes: readonly PlannedRoute[], skip: number): readonly string[] {
  const byPath = new Map<string, string[]>();
  for (const { method, segments, rule } of routes) {
    const rest = segments.slice(skip);
    const path = rest.length === 0 ? "" : printPattern(rest);
    const { need, catchAll = "", fallThrough = "" } = rule;
    const text = `${printText(method)}: ${flowRule({ need, catchAll, fallThrough })}`;
    byPath.set(path, [...(byPath.get(path) ?? []), text]);
  }
  return [...byPath].map(([path, rules]) =>
    path === "" ? rules.join(", ") : `${printText(path)}: { ${rules.join(", ")} }`,
  );
}
