import { bearer, issuerPolicy } from "./token-desk.js";
import type { DeskOptions } from "./token-desk.js";
import { createSigner, forge } from "./token-forge.js";
import type { Members } from "./token-forge.js";

export type Source = NonNullable<DeskOptions["principalSource"]>;

const signer = createSigner("HS256");
export const environment = { KEYS: String(signer.jwk["k"]) };

export function policyWith(more: string): string {
  return issuerPolicy("HS256").replace("{ roles: roles }", `{ from: application${more} }`);
}

export function token(claims: Members = {}): string {
  return bearer(forge(signer, { claims }));
}

export function desk(principalSource: Source, more = ""): DeskOptions {
  return { policy: policyWith(more), environment, principalSource };
}

/** A source that counts its calls, and answers when it is told to. */
export function countingSource(answer: (call: number) => ReturnType<Source>) {
  const subjects: (string | undefined)[] = [];
  const source: Source = (identity) => {
    subjects.push(identity.subject);
    return answer(subjects.length);
  };
  return { subjects, source };
}
