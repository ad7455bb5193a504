import { createHash } from "node:crypto";

/** SHA-256 in hexadecimal of a text, or of its bytes in UTF-8. */
export function digestOf(text: string | Uint8Array): string {
  return createHash("sha256").update(text).digest("hex");
}
