import type { Snapshot } from "./snapshot.js";

/** What a claim that did not fit the policy should have been, by the name that a `PrincipalReading` gives it. */
export function expectedForm({ source }: Snapshot, claim: string): string {
  if (claim === "roles" || claim === "act.roles") return "a list of role names";
  const declared = source.principal.claims.find(({ name }) => name === claim);
  if (declared === undefined && claim === "act") return "an object";
  return declared?.type ?? "a non-empty string";
}
