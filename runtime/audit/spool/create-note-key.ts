import { createPrivateKey, generateKeyPairSync } from "node:crypto";
import { createNoteSigner } from "./signed-note.js";
import type { NoteSigner } from "./signed-note.js";

export interface NoteKey {
  /** PKCS #8 in PEM. A secret: who has it can sign another past. */
  readonly privateKey: string;
  /** `name+hash+key`, for `verifySpool` and `gatewright audit verify --key`; public. */
  readonly verifierKey: string;
}

/**
 * A new Ed25519 key for the checkpoints of a spool. The verifier key belongs to those who verify, and
 * away from the machine that signs.
 *
 * @throws Error where the name is empty or has spaces or plus signs
 * @example
 * const { privateKey, verifierKey } = createNoteKey("orders.example/audit");
 */
export function createNoteKey(name: string): NoteKey {
  const { privateKey } = generateKeyPairSync("ed25519");
  const { verifierKey } = createNoteSigner(name, privateKey);
  return {
    privateKey: privateKey.export({ format: "pem", type: "pkcs8" }).toString(),
    verifierKey,
  };
}

/** The signer of a key that {@link createNoteKey} made. @throws Error where it is none */
export function openNoteSigner(name: string, privateKey: string): NoteSigner {
  return createNoteSigner(name, createPrivateKey(privateKey));
}
