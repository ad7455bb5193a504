import type { PolicyDocument, PolicyEntry } from "../../../1-load/policy-document.js";
import { routeMethods } from "../../../3-model/methods.js";
import { parsePattern, printPattern } from "../../../3-model/parse-pattern.js";
import type { PatternRules, PatternSegment } from "../../../3-model/parse-pattern.js";
import { booleanOf, entriesOf, textOf, textsOf, valueAt } from "../../../3-model/read-node.js";
import { factKey, slashPositions } from "./import-facts.js";
import type { ImportFacts, ResourceFacts, RoleFacts, RouteFacts } from "./import-facts.js";
import { commentAt } from "./source-lines.js";

/** Where something stands in the policy. */
export interface Place {
  readonly document: PolicyDocument;
  readonly entry: PolicyEntry;
}

export interface RoutePlace extends Place {
  /** The map that holds the method, and the path that it is the value of. */
  readonly path: PathPlace;
}

export interface PathPlace extends Place {
  /** The path that it stands in. */
  readonly parent: PathPlace | undefined;
  readonly segments: readonly PatternSegment[];
  /** Parameters that may hold slashes here, by what is declared here and above. */
  readonly slashes: ReadonlySet<string>;
}

/** The policy as people left it, and where each part of it stands. */
export interface PolicyIndex extends ImportFacts {
  readonly documents: readonly PolicyDocument[];
  readonly routePlaces: ReadonlyMap<string, RoutePlace>;
  /** Each behind the path that it stands in. */
  readonly paths: readonly PathPlace[];
  readonly resourcePlaces: ReadonlyMap<string, Place>;
  readonly rolePlaces: ReadonlyMap<string, Place>;
}

/** Reads routes, resources and roles; of what stands twice, the first counts. */
export function indexPolicies(
  documents: readonly PolicyDocument[],
  rules: PatternRules,
): PolicyIndex {
  const routes = new Map<string, RouteFacts>();
  const routePlaces = new Map<string, RoutePlace>();
  const paths: PathPlace[] = [];
  for (const document of documents) {
    for (const entry of entriesOf(valueAt(document.root, "routes"))) {
      visit({ document, entry, parent: undefined, segments: [], slashes: new Set() });
    }
  }
  const resources = readSection(documents, "resources", resourceFacts);
  const roles = readSection(documents, "roles", roleFacts);
  return {
    documents,
    routes,
    routePlaces,
    paths,
    resources: resources.facts,
    resourcePlaces: resources.places,
    roles: roles.facts,
    rolePlaces: roles.places,
  };

  /** `above` has the segments and the slashes of what the entry stands in. */
  function visit(above: PathPlace): void {
    const { document, entry } = above;
    if (!entry.key.startsWith("/")) return;
    const { segments, problems } = parsePattern(entry.key, above.segments, rules);
    if (problems.length > 0) return;
    const path = { ...above, segments, slashes: slashesIn(entry, above.slashes) };
    paths.push(path);
    for (const inner of entriesOf(entry.value)) {
      if (routeMethods.has(inner.key)) addRoute({ document, entry: inner, path });
      else visit({ ...path, entry: inner, parent: path });
    }
  }

  function addRoute(place: RoutePlace): void {
    const key = factKey(place.entry.key, place.path.segments);
    if (routes.has(key)) return;
    routes.set(key, routeFacts(place));
    routePlaces.set(key, place);
  }
}

/** The parameters that may hold slashes in a path, by its own words and what its surroundings admit. */
export function slashesIn(path: PolicyEntry, above: ReadonlySet<string>): ReadonlySet<string> {
  const declared = entriesOf(valueAt(path.value, "params"));
  if (declared.length === 0) return above;
  const slashes = new Set(above);
  for (const { key, value } of declared) {
    if (booleanOf(valueAt(value, "encodedSlash")) === true) slashes.add(key);
    else slashes.delete(key);
  }
  return slashes;
}

function routeFacts({ document, entry, path }: RoutePlace): RouteFacts {
  const { value } = entry;
  const isLong = value.kind === "map";
  const access = isLong ? (valueAt(value, "access") ?? valueAt(value, "permissions")) : value;
  const need = [...new Set(textsOf(access))].toSorted().join(", ");
  return {
    id: `${entry.key} ${printPattern(path.segments)}`,
    need: textOf(valueAt(value, "identity")) === "optional" ? `${need} identity` : need,
    catchAll: textOf(valueAt(value, "catchAll")) ?? "",
    fallThrough: textOf(valueAt(value, "fallThrough")) ?? "",
    slashes: slashPositions(path.segments, (name) => path.slashes.has(name)),
    comment: commentAt(document.source.text, entry)?.text ?? "",
  };
}

function readSection<Facts>(
  documents: readonly PolicyDocument[],
  section: "resources" | "roles",
  read: (entry: PolicyEntry) => Facts,
) {
  const facts = new Map<string, Facts>();
  const places = new Map<string, Place>();
  for (const document of documents) {
    for (const entry of entriesOf(valueAt(document.root, section))) {
      if (facts.has(entry.key)) continue;
      facts.set(entry.key, read(entry));
      places.set(entry.key, { document, entry });
    }
  }
  return { facts, places };
}

function resourceFacts({ value }: PolicyEntry): ResourceFacts {
  return {
    description: textOf(valueAt(value, "description")) ?? "",
    actions: textsOf(valueAt(value, "actions")),
    isExtended: entriesOf(value).some(({ key }) => key !== "description" && key !== "actions"),
  };
}

function roleFacts({ value }: PolicyEntry): RoleFacts {
  return {
    description: textOf(valueAt(value, "description")) ?? "",
    inherits: textsOf(valueAt(value, "inherits")),
    grants: textsOf(valueAt(value, "grants")),
    denies: textsOf(valueAt(value, "denies")),
  };
}
