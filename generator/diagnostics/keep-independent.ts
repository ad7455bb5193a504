import type { Diagnostic } from "./diagnostic.js";

/** Codes that a mistake elsewhere can cause: a name whose declaration could not be read is unknown. */
const consequences = /^(?:unknown-|incomplete-|no-tokens$)/;

/** Of later diagnostics, those that earlier ones did not cause: one cause is said once. */
export function keepIndependent(
  later: readonly Diagnostic[],
  earlier: readonly Diagnostic[],
): readonly Diagnostic[] {
  if (earlier.length === 0) return later;
  const places = new Set(earlier.map(({ at }) => `${at.start} ${at.file}`));
  return later.filter(
    ({ code, at }) => !consequences.test(code) && !places.has(`${at.start} ${at.file}`),
  );
}
