import type { Caller } from "./callers.js";
import type { Random } from "./random.js";

/** A request while it is being made: what is written to the wire, part by part. */
export interface Draft {
  readonly method: string;
  /** Raw, one octet per character, as is the query. */
  readonly path: string;
  /** With its `?`; "" for none. */
  readonly query: string;
  /** Put before the path: `http://host` of the absolute form. */
  readonly before: string;
  readonly version: string;
  /** Whole lines, in order, without their line ends. */
  readonly headers: readonly string[];
  readonly body: string;
  /** Literals of the table, to build other paths of. */
  readonly words: readonly string[];
  /** Who the server may take it for; roles are null where it must accept nobody. */
  readonly caller: Caller;
  /** Whether the server may answer on its own and close the connection. */
  readonly mayClose: boolean;
}

/** Changes one thing about a request. */
export interface Mutation {
  /** The class that it is counted under. */
  readonly name: string;
  apply(draft: Draft, random: Random): Draft;
}

export function targetOf(draft: Draft): string {
  return draft.before + draft.path + draft.query;
}

/** Replaces one segment, or what stands between two slashes. */
export function mapSegment(
  path: string,
  random: Random,
  change: (segment: string) => string,
): string {
  const segments = path.slice(1).split("/");
  const chosen = random.integer(segments.length);
  return `/${segments.map((segment, index) => (index === chosen ? change(segment) : segment)).join("/")}`;
}

/** Puts a text at a random place of a path, behind its first slash. */
export function insertSomewhere(path: string, random: Random, inserted: string): string {
  const at = 1 + random.integer(path.length);
  return path.slice(0, at) + inserted + path.slice(at);
}

/** Puts a whole segment somewhere into a path. */
export function insertSegment(path: string, random: Random, segment: string): string {
  const segments = path.slice(1).split("/");
  return `/${segments.toSpliced(random.integer(segments.length + 1), 0, segment).join("/")}`;
}
