/** A moment as an event tells it. */
export interface Moment {
  /** ISO 8601 in UTC, to the nanosecond; never before that of an earlier moment. */
  readonly time: string;
  readonly nanoseconds: bigint;
  readonly clock: ClockSource;
}

/** Where a time is from: the system's clock, or the monotonic one, since the system's was set back by so much. */
export type ClockSource =
  | { readonly source: "system" }
  | { readonly offsetMilliseconds: number; readonly source: "monotonic" };

export interface UtcClock {
  now(): Moment;
}

const MILLION = 1_000_000n;
const BILLION = 1_000_000_000n;
/**
 * What the system's clock may be behind before that is a step: until then time stands, a nanosecond each. A second that
 * is repeated is none, with what may pass on a busy machine between the reading of one clock and of the other.
 */
const STEP = (5n * BILLION) / 4n;
/** The system's clock tells milliseconds: so much ahead may be its own doing. */
const RESOLUTION = 2n * MILLION;

const SYSTEM_TEXT = '{"source":"system"}';
const SYSTEM: ClockSource = { source: "system" };

/**
 * Nanoseconds of a clock that nobody sets, beside the system's: the same as the system's as long as that
 * runs on, and from a step back on those of the monotonic clock alone, with how far the system's is off.
 *
 * @param now milliseconds since the epoch
 */
export function createUtcClock(
  now: () => number,
  monotonic: () => bigint = process.hrtime.bigint,
): UtcClock {
  let offset = BigInt(Math.trunc(now())) * MILLION - monotonic();
  let last = 0n;
  let second = -1n;
  let prefix = "";
  return {
    now() {
      const wall = BigInt(Math.trunc(now())) * MILLION;
      let nanoseconds = monotonic() + offset;
      let clock: ClockSource = SYSTEM;
      if (wall > nanoseconds + RESOLUTION) {
        offset += wall - nanoseconds;
        nanoseconds = wall;
      } else if (nanoseconds - wall > STEP) {
        const behind = Number((nanoseconds - wall) / MILLION);
        clock = { offsetMilliseconds: -behind, source: "monotonic" };
      } else if (nanoseconds - wall > RESOLUTION) {
        // Slower than it was: what lies behind the last moment is passed over below.
        offset -= nanoseconds - wall - RESOLUTION;
        nanoseconds = wall + RESOLUTION;
      }
      if (nanoseconds <= last) nanoseconds = last + 1n;
      last = nanoseconds;
      if (nanoseconds / BILLION !== second) {
        second = nanoseconds / BILLION;
        prefix = new Date(Number(second) * 1000).toISOString().slice(0, 20);
      }
      const fraction = String(nanoseconds % BILLION).padStart(9, "0");
      return { time: `${prefix}${fraction}Z`, nanoseconds, clock };
    },
  };
}

/** The source as canonical JSON. */
export function clockText(clock: ClockSource): string {
  return clock === SYSTEM ? SYSTEM_TEXT : JSON.stringify(clock);
}

/** A time of the clock, so many milliseconds before a moment of it. */
export function timeBefore({ nanoseconds }: Moment, milliseconds: number): string {
  const time = nanoseconds - BigInt(Math.round(milliseconds * 1_000_000));
  const prefix = new Date(Number(time / MILLION)).toISOString().slice(0, 20);
  return `${prefix}${String(time % BILLION).padStart(9, "0")}Z`;
}
