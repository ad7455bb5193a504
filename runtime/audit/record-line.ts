/** A record as a line of JSON in ASCII. */
export function recordLine(record: object): string {
  return `${JSON.stringify(record).replace(BEYOND_ASCII, escaped)}\n`;
}

/**
 * JSON leaves them as they are, and a terminal may obey some: DEL, C1 controls, separators of lines, what turns the
 * direction of text (UAX #9) or is not seen; and by another encoding than UTF-8, the bytes of any other.
 */
const BEYOND_ASCII = /[\x7f-\uffff]/g;

function escaped(unit: string): string {
  return `\\u${(unit.charCodeAt(0) + 0x10000).toString(16).slice(1)}`;
}
