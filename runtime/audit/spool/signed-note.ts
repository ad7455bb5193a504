import { createHash, createPublicKey, sign, verify } from "node:crypto";
import type { KeyObject } from "node:crypto";

/** Signs checkpoints; {@link createNoteSigner} makes one of an Ed25519 key. */
export interface NoteSigner {
  /** Non-empty, without spaces and plus signs (C2SP signed-note). */
  readonly name: string;
  /** The first four bytes of SHA-256(name, 0x0A, 0x01, public key). */
  readonly keyId: Buffer;
  /** Ed25519 over the text of the note. */
  sign(text: Buffer): Buffer;
  /** `name+hash+key`, as `verifySpool` takes it. */
  readonly verifierKey: string;
}

interface VerifierKey {
  readonly name: string;
  readonly keyId: Buffer;
  readonly key: KeyObject;
}

const ED25519 = 1;
/** RFC 8410: what stands before the 32 bytes of an Ed25519 key in its SPKI form. */
const SPKI_PREFIX = Buffer.from("302a300506032b6570032100", "hex");

/**
 * A signer of notes as C2SP signed-note has them (https://c2sp.org/signed-note).
 *
 * @throws Error where the key is no Ed25519 key or the name no key name.
 */
export function createNoteSigner(name: string, privateKey: KeyObject): NoteSigner {
  if (privateKey.asymmetricKeyType !== "ed25519") throw new Error("notes are signed by Ed25519");
  if (!/^[^\s+]+$/u.test(name)) throw new Error(`\`${name}\` is no name of a note key`);
  const raw = createPublicKey(privateKey).export({ format: "der", type: "spki" }).subarray(-32);
  const keyId = keyIdOf(name, raw);
  const encoded = Buffer.concat([Buffer.from([ED25519]), raw]).toString("base64");
  return {
    name,
    keyId,
    sign: (text) => sign(null, text, privateKey),
    verifierKey: `${name}+${keyId.toString("hex")}+${encoded}`,
  };
}

/** The note: its text (which ends in a line feed), an empty line, one line for each signature. */
export function signNote(text: string, signers: readonly NoteSigner[]): string {
  const bytes = Buffer.from(text);
  const lines = signers.map(({ name, keyId, sign }) => {
    const signature = Buffer.concat([keyId, sign(bytes)]).toString("base64");
    return `— ${name} ${signature}\n`;
  });
  return `${text}\n${lines.join("")}`;
}

/**
 * `verified` by at least one known key; `forged` where a signature by a known key is wrong, or the
 * note is no note; `unknown-key` where no known key signed it.
 */
export interface OpenedNote {
  readonly text: string;
  readonly verdict: "verified" | "forged" | "unknown-key";
}

export function openNote(note: string, keys: readonly string[]): OpenedNote {
  const end = note.lastIndexOf("\n\n");
  if (end === -1) return { text: "", verdict: "forged" };
  const text = note.slice(0, end + 1);
  const bytes = Buffer.from(text);
  const known = keys.map(parseVerifierKey);
  let isVerified = false;
  for (const line of note
    .slice(end + 2)
    .split("\n")
    .slice(0, -1)) {
    const [, name, encoded] = /^— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})$/u.exec(line) ?? [];
    if (name === undefined || encoded === undefined) return { text, verdict: "forged" };
    const signature = Buffer.from(encoded, "base64");
    const keyId = signature.subarray(0, 4);
    const signer = known.find((key) => key.name === name && key.keyId.equals(keyId));
    if (signer === undefined) continue;
    if (!verify(null, bytes, signer.key, signature.subarray(4))) return { text, verdict: "forged" };
    isVerified = true;
  }
  return { text, verdict: isVerified ? "verified" : "unknown-key" };
}

/** Whether a text is a verifier key of Ed25519, and its hash that of its name and key. */
export function isVerifierKey(text: string): boolean {
  try {
    parseVerifierKey(text);
    return true;
  } catch {
    return false;
  }
}

/** @throws Error where the text is no verifier key of Ed25519. */
function parseVerifierKey(text: string): VerifierKey {
  const [, name = "", hex = "", encoded = ""] =
    /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})$/u.exec(text) ?? [];
  const bytes = Buffer.from(encoded, "base64");
  const raw = bytes.subarray(1);
  const keyId = keyIdOf(name, raw);
  if (bytes.length !== 33 || bytes[0] !== ED25519 || keyId.toString("hex") !== hex)
    throw new Error(`\`${text}\` is no verifier key of Ed25519`);
  const spki = Buffer.concat([SPKI_PREFIX, raw]);
  return { name, keyId, key: createPublicKey({ key: spki, format: "der", type: "spki" }) };
}

function keyIdOf(name: string, raw: Buffer): Buffer {
  const input = [Buffer.from(`${name}\n`), Buffer.from([ED25519]), raw];
  return createHash("sha256").update(Buffer.concat(input)).digest().subarray(0, 4);
}
