/** Percent-decodes once as UTF-8; undefined where the octets are none, which includes overlong forms. */
export function decodeOnce(text: string): string | undefined {
  const sent = [...new TextEncoder().encode(text)];
  const octets: number[] = [];
  while (sent.length > 0) {
    const octet = sent.shift() ?? 0;
    const isEscape = octet === "%".charCodeAt(0);
    octets.push(isEscape ? Number.parseInt(String.fromCharCode(...sent.splice(0, 2)), 16) : octet);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(
      Uint8Array.from(octets),
    );
  } catch {
    return undefined;
  }
}

/** The one spelling of a segment: every octet that RFC 3986 does not call `pchar` as upper-case `%XX`. */
export function spellCanonically(decodedSegment: string): string {
  return [...new TextEncoder().encode(decodedSegment)]
    .map((octet) => {
      const character = String.fromCharCode(octet);
      if (/[A-Za-z0-9\-._~!$&'()*+,;=:@]/.test(character)) return character;
      return `%${octet.toString(16).toUpperCase().padStart(2, "0")}`;
    })
    .join("");
}

/** Case folding is ASCII only. */
export function foldCase(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
