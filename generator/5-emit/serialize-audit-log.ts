import type { SerializedSnapshot } from "@gatewright/runtime/abi";
import type { AuditLogModel } from "../3-model/audit-log-model.js";
import type { KeyPlace } from "../3-model/policy-model.js";

type SerializedLog = NonNullable<SerializedSnapshot["audit"]["log"]>;

/** No member at all where the policy has no log. */
export function serializeAuditLog(
  model: AuditLogModel | undefined,
): Pick<SerializedSnapshot["audit"], "log"> {
  if (model === undefined) return {};
  const { folder, spill, limits, signer, categories, sinks } = model;
  const log: SerializedLog = {
    folder,
    spill: spill ?? null,
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

function placeOf({ kind, place }: KeyPlace): { kind: "file" | "environment"; place: string } {
  return { kind: kind === "file" ? "file" : "environment", place };
}

function millisecondsOf(seconds: number | undefined): number | null {
  return seconds === undefined ? null : seconds * 1000;
}
