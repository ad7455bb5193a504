import { createPrivateKey } from "node:crypto";
import { GateError } from "../../gate-error.js";
import { readSecretWords } from "../../read-secret-words.js";
import type { SecretContext, SecretPlace } from "../../read-secret-words.js";
import { createNoteSigner } from "../spool/signed-note.js";
import type { NoteSigner } from "../spool/signed-note.js";

/** The name that checkpoints are signed under. */
const NAME = "gatewright-audit";

/**
 * The key that signs checkpoints: an Ed25519 private key in PKCS #8, as PEM or as the base64 within it.
 *
 * @throws GateError `configuration-invalid` where it is missing or another key
 */
export function openSigner(place: SecretPlace, context: SecretContext): NoteSigner {
  const subject = `the key that signs audit checkpoints (${place.kind} \`${place.place}\`)`;
  // Without its first and last line, PEM is words of base64.
  const text = readSecretWords(place, subject, context).join(" ");
  const base64 = text.replaceAll(/-----[A-Z ]+-----|\\n|\s/g, "");
  if (base64 === "") throw new GateError("configuration-invalid", `${subject} is missing`);
  try {
    const key = Buffer.from(base64, "base64");
    return createNoteSigner(NAME, createPrivateKey({ key, format: "der", type: "pkcs8" }));
  } catch {
    const message = `${subject} is no Ed25519 private key in PKCS #8`;
    throw new GateError("configuration-invalid", message);
  }
}
