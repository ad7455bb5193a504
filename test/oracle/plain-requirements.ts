import { listOf, mapOf } from "./plain-values.js";
import type { Plain } from "./plain-values.js";

/** What a route asks of a token besides roles, those of the paths above included. */
export interface PlainRequirements {
  readonly scopes: readonly string[];
  readonly acr: readonly string[];
  readonly maxAgeSeconds: number | undefined;
}

export const noRequirements: PlainRequirements = { scopes: [], acr: [], maxAgeSeconds: undefined };

/** Scopes add up on the way down; the step-up that is nearest takes the place of the others. */
export function addRequirements(above: PlainRequirements, body: Plain): PlainRequirements {
  const scopes = [...above.scopes, ...listOf(body.get("scopes"))];
  if (!body.has("stepUp")) return { ...above, scopes };
  const stepUp = mapOf(body.get("stepUp"));
  return {
    scopes,
    acr: listOf(stepUp.get("acr")),
    maxAgeSeconds: stepUp.has("maxAge") ? secondsIn(String(stepUp.get("maxAge"))) : undefined,
  };
}

/** `30s`, `10m` or `1h` */
export function secondsIn(text: string): number {
  const unit = text.endsWith("h") ? 3600 : text.endsWith("m") ? 60 : 1;
  return Number.parseInt(text, 10) * unit;
}
