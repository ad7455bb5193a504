/** Keys that JavaScript objects treat in a special way; keys of the YAML are checked when it is read. */
export const reservedNames: ReadonlySet<string> = new Set([
  "__proto__",
  "constructor",
  "prototype",
]);
