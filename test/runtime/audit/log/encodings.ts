/** The forms of a secret in which it would leave all the same (section 3a of the requirements of audit). */
export function encodingsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  const aligned = [0, 1, 2].map((shift) => {
    // Whatever stands before it: the characters that its own bytes alone decide.
    const text = Buffer.concat([Buffer.alloc(shift), bytes])
      .toString("base64")
      .replace(/=+$/, "");
    return text.slice(Math.ceil((shift * 8) / 6), -2);
  });
  const unicode = [...secret].map(
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return [
    ...new Set([
      secret,
      secret.toLowerCase(),
      secret.toUpperCase(),
      encodeURIComponent(secret),
      [...bytes].join(","),
      [...bytes].join(", "),
      ...aligned,
      ...aligned.map((text) => text.replaceAll("+", "-").replaceAll("/", "_")),
      bytes.toString("hex"),
      bytes.toString("hex").toUpperCase(),
      unicode.join(""),
      [...secret].toReversed().join(""),
      [...secret].map((unit) => `%${unit.charCodeAt(0).toString(16)}`).join(""),
      secret.replaceAll(/\D/g, ""),
    ]),
  ];
}
