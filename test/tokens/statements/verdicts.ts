import { bearer, issuerPolicy, present } from "../../runtime/authenticate/token-desk.js";
import type { DeskOptions } from "../../runtime/authenticate/token-desk.js";
import { createSigner, encode } from "../../runtime/authenticate/token-forge.js";
import type { Members, Signer } from "../../runtime/authenticate/token-forge.js";

/** One signer of each kind; what differs from test to test is what they sign. */
export const rsa = createSigner("RS256");
export const ec = createSigner("ES256");
export const ed = createSigner("Ed25519");
export const secret = createSigner("HS256");

/** A gate that takes the tokens of one signer. */
export function deskFor(signer: Signer, more = "", algorithms: string = signer.algorithm) {
  return {
    policy: issuerPolicy(algorithms, more),
    environment: { KEYS: JSON.stringify(signer.jwk) },
  };
}

/** What a gate answers to each token over HTTP, and why by its record: `200`, or like `401 malformed`. */
export async function verdicts(
  desk: DeskOptions,
  tokens: readonly string[],
): Promise<readonly string[]> {
  const outcomes = await present(desk, ...tokens.map(bearer));
  return outcomes.map(({ status, cause }) => [status, cause].filter(Boolean).join(" "));
}

/** The same once for each; for attacks that must all end in one way. */
export async function verdictsOnce(
  desk: DeskOptions,
  tokens: readonly string[],
): Promise<readonly string[]> {
  return [...new Set(await verdicts(desk, tokens))].toSorted();
}

/** An encoded header for access tokens, with what an attack says besides or instead. */
export function headed(header: Members): string {
  return encode(JSON.stringify({ typ: "at+jwt", ...header }));
}

/** JSON with another member at its end, or at its start. */
export const appended = (json: string, member: string) => `${json.slice(0, -1)},${member}}`;
export const prepended = (json: string, member: string) => `{${member},${json.slice(1)}`;
