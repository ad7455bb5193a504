import type { RouteModel } from "./policy-model.js";
import type { ShownParam } from "./segment-model.js";
import { byName } from "./sort-names.js";

export interface NamedParam extends ShownParam {
  readonly name: string;
}

/** What records of a route show of its path, sorted by name. */
export function shownParamsOf({ segments }: Pick<RouteModel, "segments">): readonly NamedParam[] {
  return segments
    .flatMap((segment) =>
      segment.kind === "param" && segment.shown !== undefined
        ? [{ name: segment.name, ...segment.shown }]
        : [],
    )
    .toSorted(byName);
}

/** The same of all routes: each declaration once. */
export function shownParams(routes: readonly RouteModel[]): readonly NamedParam[] {
  const declared = new Map(
    routes
      .flatMap(shownParamsOf)
      .map((param) => [`${param.at.file}:${param.at.start}:${param.name}`, param]),
  );
  return [...declared.values()];
}
