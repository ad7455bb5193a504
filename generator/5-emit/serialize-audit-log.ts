import type { SerializedSnapshot } from "@gatewright/runtime/abi";
import type { MaskModel } from "../3-model/audit-events-model.js";
import type { KeyPlace, PolicyModel, RouteModel } from "../3-model/policy-model.js";
import { needsKeys } from "../3-model/resolve-mask-class.js";
import { shownParams, shownParamsOf } from "../3-model/shown-params.js";
import { byName } from "../3-model/sort-names.js";
import { serializeOptions, serializeSecret } from "./serialize-masks.js";

type SerializedRoute = SerializedSnapshot["routes"][number];
type SerializedLog = NonNullable<SerializedSnapshot["audit"]["log"]>;

/** No member at all where the policy has no log. */
export function serializeAuditLog({
  auditLog,
  auditSecret,
  routes,
}: PolicyModel): Pick<SerializedSnapshot["audit"], "log"> {
  if (auditLog === undefined) return {};
  const { folder, spill, limits, signer, categories, sinks } = auditLog;
  const masks = paramMasks(routes);
  const isShown = routes.some((route) => shownParamsOf(route).length > 0);
  const log: SerializedLog = {
    folder,
    spill: spill ?? null,
    ...(isShown && {
      params: {
        masks: masks.map((mask) => ({ name: mask.name, options: serializeOptions(mask, "other") })),
        secret: masks.some(needsKeys) ? serializeSecret(auditSecret) : null,
      },
    }),
    limits: { soft: limits.soft, hard: limits.hard, reserve: limits.reserve },
    signer: signer ? placeOf(signer) : null,
    categories: categories.map((category) => ({
      name: category.name,
      durability: category.durability,
      overflow: category.overflow,
      blockMilliseconds: category.blockMilliseconds,
      isCritical: category.isCritical,
      retention: {
        floor: millisecondsOf(category.floor),
        ceiling: millisecondsOf(category.ceiling),
      },
    })),
    sinks: sinks.map(({ name, kind, isRequired, categories: names, fallBack, settings }) => {
      const { secret, ...plain } = settings;
      return {
        name,
        kind,
        isRequired,
        categories: names ?? null,
        fallBack: fallBack
          ? { afterMilliseconds: fallBack.afterSeconds * 1000, path: fallBack.path }
          : null,
        settings: { ...plain, ...(secret && { secret: placeOf(secret) }) },
      };
    }),
  };
  return { log };
}

/** Sorted by name. */
function paramMasks(routes: readonly RouteModel[]): readonly MaskModel[] {
  const used = shownParams(routes).flatMap(({ mask }) => mask ?? []);
  return [...new Map(used.map((mask) => [mask.name, mask])).values()].toSorted(byName);
}

/** What the records of each route show; no member where they show nothing of the path. */
export function createSerializeParams(
  routes: readonly RouteModel[],
): (route: RouteModel) => Pick<SerializedRoute, "auditParams"> {
  const numbers = new Map(paramMasks(routes).map(({ name }, number) => [name, number]));
  return (route) => {
    const shown = shownParamsOf(route);
    if (shown.length === 0) return {};
    return {
      auditParams: shown.map(({ name, mask }) => {
        // An index that leads nowhere hides the value; -1 would show it.
        return { name, mask: mask === undefined ? -1 : (numbers.get(mask.name) ?? numbers.size) };
      }),
    };
  };
}

function placeOf({ kind, place }: KeyPlace): { kind: "file" | "environment"; place: string } {
  return { kind: kind === "file" ? "file" : "environment", place };
}

function millisecondsOf(seconds: number | undefined): number | null {
  return seconds === undefined ? null : seconds * 1000;
}
