import type { Snapshot } from "./snapshot.js";

/** What a claim that did not fit the policy should have been, by the name that a `PrincipalReading` gives it. */
export function expectedForm({ source }: Snapshot, claim: string): string {
  if (claim === "roles") return "a list of role names";
  return source.principal.claims.find(({ name }) => name === claim)?.type ?? "a non-empty string";
}
