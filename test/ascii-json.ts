/** JSON, which is YAML, in ASCII alone: it says every text, also one that no policy file holds as it is. */
export function asciiJson(value: unknown): string {
  return JSON.stringify(value, null, 1).replace(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
