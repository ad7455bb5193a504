import { GateError } from "../gate-error.js";
import type { SerializedIssuer, SerializedRing } from "../snapshot-format.js";
import type { KeyContext } from "../tokens/key-source.js";
import type { KeyRing } from "./key-ring.js";
import { openKeyRing } from "./open-ring.js";

/** The ring of an issuer whose keys are one: as the application passes it, or from where the policy says. */
export function openIssuerRing(issuer: SerializedIssuer, context: KeyContext): KeyRing {
  const source = issuer.keys as SerializedRing;
  const fail = (reason: string): never => {
    throw new GateError(
      "configuration-invalid",
      `the key ring of issuer \`${issuer.name}\` ${reason}`,
    );
  };
  const opened = context.rings?.[issuer.name] ?? open(issuer, context, fail);
  const { strategy, sliceSeconds, maxLifetimeSeconds } = opened.describe();
  if (strategy !== source.strategy) fail(`is \`${strategy}\`, not \`${source.strategy}\``);
  if (strategy === "sliced" && sliceSeconds !== source.sliceSeconds) {
    fail(`has slices of ${sliceSeconds} seconds, not of ${source.sliceSeconds}`);
  }
  if ((issuer.maxLifetimeSeconds ?? 0) > maxLifetimeSeconds) {
    fail(`keeps keys for tokens of ${maxLifetimeSeconds} seconds, less than \`maxLifetime\``);
  }
  return opened;
}

function open(
  { keys, maxLifetimeSeconds, clockToleranceSeconds }: SerializedIssuer,
  { environment, ...options }: KeyContext,
  fail: (reason: string) => never,
): KeyRing {
  const { from, place, strategy, sliceSeconds } = keys as SerializedRing;
  if (from === "application") return fail("is missing: pass it in `rings`");
  if (from === "file") return openKeyRing({ file: place }, options);
  const lifetime = maxLifetimeSeconds === null ? {} : { maxLifetimeSeconds };
  const settings = { strategy, sliceSeconds, clockToleranceSeconds, ...lifetime };
  return openKeyRing({ text: environment[place] ?? "", settings }, options);
}
