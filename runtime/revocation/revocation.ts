import type { JsonObject } from "../tokens/read-object.js";
import { readObject } from "../tokens/read-object.js";

/** What names the tokens that are refused from now on. */
export interface Revocation {
  readonly kind: RevocationKind;
  /** The `iss` of the tokens; empty for a tenant, which tokens of several issuers may name. */
  readonly issuer: string;
  readonly id: string;
  /** Of a subject: tokens below this epoch are refused; null refuses all of them. Null for other kinds. */
  readonly epoch: number | null;
  /** When no token that it names can be alive any more, in milliseconds since the epoch. */
  readonly until: number;
}

export type RevocationKind = "token" | "session" | "subject" | "tenant";

const kinds: readonly unknown[] = ["token", "session", "subject", "tenant"];

/** As it stands in a stream that nodes share. */
export function writeRevocation({ kind, issuer, id, epoch, until }: Revocation): string {
  return JSON.stringify({ kind, issuer, id, epoch, until });
}

/** @throws Error for another text: what cannot be read may be a revocation that must not be missed */
export function readRevocation(text: string): Revocation {
  const read = readObject(text);
  if (read === undefined || !isRevocation(read)) throw new Error("an entry is no revocation");
  return read;
}

function isRevocation(value: JsonObject): value is JsonObject & Revocation {
  const { kind, issuer, id, epoch, until } = value;
  return (
    kinds.includes(kind) &&
    typeof issuer === "string" &&
    typeof id === "string" &&
    (epoch === null || isEpoch(epoch)) &&
    Number.isSafeInteger(until)
  );
}

/** A number that only ever grows; a time would lose what happens twice in one second. */
export function isEpoch(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
