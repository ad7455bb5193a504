import { addKey, createRingKey, openKeyRing, ringDefaults } from "@gatewright/runtime/issuer";
import type { KeyRing, RingAlgorithm, RingDocument } from "@gatewright/runtime/issuer";
import { createPolicyIssuer } from "@gatewright/runtime/issuer";
import type { Issuer, IssuerOptions } from "@gatewright/runtime/issuer";
import type { LoosePolicy } from "../../agreement/loose-policy.js";
import { snapshotOf } from "../authenticate/token-desk.js";
import { AUDIENCE, ISSUER, NOW } from "../authenticate/token-forge.js";

/** The clock of these tests, in milliseconds. */
export const clock = () => NOW * 1000;

/** A policy whose issuer `desk` has a ring. */
export function ringPolicy(algorithms: string, ring: string, more = ""): string {
  return `
tokens:
  desk: { issuer: "${ISSUER}", audience: ${AUDIENCE}, algorithms: [${algorithms}], keys: { ring: { ${ring} } }${more} }
principal: { roles: roles }
`;
}

/** A ring with a new key for each algorithm, all active a day before the tests' clock. */
export function documentWith(
  algorithms: readonly RingAlgorithm[],
  settings: Partial<RingDocument> = {},
): RingDocument {
  return algorithms.reduce<RingDocument>(
    (document, alg) => addKey(document, createRingKey(alg), NOW - 86_400) ?? document,
    { ...ringDefaults, ...settings },
  );
}

export function ringOf(document: RingDocument, now: () => number = clock): KeyRing {
  return openKeyRing({ text: JSON.stringify(document) }, { now });
}

/** The issuer of a policy, on the tests' clock. */
export function issuerOf(
  policy: string,
  ring: KeyRing,
  options: Partial<IssuerOptions> = {},
): Issuer<LoosePolicy> {
  return createPolicyIssuer<LoosePolicy>(snapshotOf(policy), { ring, now: clock, ...options });
}

/** A token for a clerk. */
export async function tokenFrom(issuer: Issuer<LoosePolicy>): Promise<string> {
  const { token } = await issuer.issue({ id: "u1", clientId: "till", roles: ["clerk"] });
  return token;
}

/** The parts of a compact token that are JSON. */
export function partsOf(token: string): readonly Readonly<Record<string, unknown>>[] {
  return token
    .split(".")
    .slice(0, 2)
    .map((part) => JSON.parse(Buffer.from(part, "base64url").toString()));
}
