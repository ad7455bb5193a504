/** RFC 7518, section 3.2: 256 bits. So few different bytes are not random. */
export function isWeakSecret(secret: Uint8Array): boolean {
  return secret.length < 32 || new Set(secret).size < 16;
}
