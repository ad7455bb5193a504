/** What a receiver wants to know of an event apart from its line. */
export interface EventFields {
  /** Nanoseconds since the epoch of Unix. */
  readonly time?: bigint;
  /** W3C Trace Context: lower-case hexadecimal. */
  readonly traceId?: string;
  readonly spanId?: string;
}

const TIME = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z$/;

/** Reads `time` (ISO 8601 in UTC, to the nanosecond), `traceId` and `spanId`; what has another form is left out. */
export function readEvent(line: string): EventFields {
  const { time, traceId, spanId } = parse(line);
  const nanoseconds = typeof time === "string" ? readTime(time) : undefined;
  return {
    ...(nanoseconds === undefined ? {} : { time: nanoseconds }),
    ...(isHex(traceId, 32) ? { traceId } : {}),
    ...(isHex(spanId, 16) ? { spanId } : {}),
  };
}

/** ISO 8601 in UTC with nine digits after the point, so that text sorts as time does. */
export function toIso(nanoseconds: bigint): string {
  const milliseconds = Number(nanoseconds / 1_000_000n);
  const rest = String(nanoseconds % 1_000_000n).padStart(6, "0");
  return new Date(milliseconds).toISOString().replace("Z", `${rest}Z`);
}

function parse(line: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(line));
  } catch {
    return {};
  }
}

function readTime(text: string): bigint | undefined {
  const [, seconds, fraction = ""] = TIME.exec(text) ?? [];
  const milliseconds = Date.parse(`${seconds}Z`);
  // Before 1970 no event was recorded, and what is negative has no form in the protocols.
  if (!(milliseconds >= 0)) return undefined;
  return BigInt(milliseconds) * 1_000_000n + BigInt(fraction.padEnd(9, "0"));
}

function isHex(value: unknown, length: number): value is string {
  return typeof value === "string" && value.length === length && /^[0-9a-f]+$/.test(value);
}
