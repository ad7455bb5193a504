/** The forms of a secret in which it would leave all the same (section 3a of the requirements of audit). */
export function encodingsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  const units = [...secret];
  const groups = secret.split("-");
  const hex = bytes.toString("hex");
  const aligned = [0, 1, 2].map((shift) => alignedBase64(bytes, shift));
  const unicode = units.map((unit) => `\\u${hexOf(unit, 4)}`).join("");
  const percent = units.map((unit) => `%${hexOf(unit, 2)}`).join("");
  return [
    ...new Set([
      secret,
      secret.toLowerCase(),
      secret.toUpperCase(),
      encodeURIComponent(secret),
      encodeURIComponent(encodeURIComponent(secret)),
      percent,
      percent.toUpperCase(),
      JSON.stringify(secret).slice(1, -1),
      JSON.stringify(JSON.stringify(secret)).slice(3, -3),
      unicode,
      unicode.replaceAll(/[a-f]/g, (digit) => digit.toUpperCase()),
      // Bytes in a list, of JSON and of what `inspect` prints.
      bytes.join(","),
      bytes.join(", "),
      bytes.join(" "),
      ...aligned,
      ...aligned.map((text) => text.replaceAll("+", "-").replaceAll("/", "_")),
      hex,
      hex.toUpperCase(),
      hex.replaceAll(/..(?!$)/g, "$& "),
      units.toReversed().join(""),
      groups.toReversed().join("-"),
      groups.toReversed().join(""),
      groups.join(""),
      groups.map((group) => [...group].toReversed().join("")).join("-"),
      // The longest group alone, and what is left of all where only digits are kept.
      groups.toSorted((one, other) => other.length - one.length)[0] ?? secret,
      secret.replaceAll(/\D/g, ""),
    ]),
  ];
}

/** Behind whatever stands before it: the characters that its own bytes alone decide. */
function alignedBase64(bytes: Buffer, shift: number): string {
  const text = Buffer.concat([Buffer.alloc(shift), bytes]).toString("base64");
  const from = Math.ceil((shift * 8) / 6);
  return text.slice(from, Math.floor(((shift + bytes.length) * 8) / 6));
}

function hexOf(unit: string, length: number): string {
  return unit.charCodeAt(0).toString(16).padStart(length, "0");
}
