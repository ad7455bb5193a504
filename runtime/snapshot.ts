import { hash } from "node:crypto";
import { GateError } from "./gate-error.js";
import { ABI_VERSION } from "./snapshot-format.js";
import type { SerializedRoute, SerializedSnapshot } from "./snapshot-format.js";
import { checkTarget, createTargetReader } from "./target.js";
import type { TargetReader } from "./target.js";
import { decodeTrie, decodeWords } from "./trie.js";
import type { Trie } from "./trie.js";

/** One bit per role, 32 to a word; the empty mask of the right length holds no role. */
export type RoleMask = Int32Array;

/** A loaded, checked and immutable policy: everything that a decision needs. */
export interface Snapshot<Role extends string = string> {
  /** Never set: ties the names of the policy's roles to the snapshot for the compiler. */
  readonly role?: Role;
  readonly digest: string;
  readonly source: SerializedSnapshot;
  readonly trie: Trie;
  readonly reader: TargetReader;
  readonly roleNumbers: ReadonlyMap<string, number>;
  readonly methodNumbers: ReadonlyMap<string, number>;
  /** Every segment of every pattern, in lower case where the router folds it. */
  readonly literals: ReadonlySet<string>;
  /** How long a target may be that is matched before it is checked: 0 where not every literal is fine in itself. */
  readonly uncheckedLength: number;
  /** Words of a role mask. */
  readonly maskWords: number;
  readonly allow: Int32Array;
  readonly deny: Int32Array;
  /** Per method number: the bit set of methods whose patterns are candidates. */
  readonly candidates: Int32Array;
  /** Per route: the number of its permission, or -1 where it needs none or several. */
  readonly onlyNeeded: Int32Array;
}

/**
 * Checks and decodes a snapshot.
 *
 * @throws GateError `snapshot-invalid` where its ABI version, its digest or an index is wrong.
 */
export function loadSnapshot(serialized: SerializedSnapshot): Snapshot {
  const abi: unknown = serialized?.abi;
  if (abi !== ABI_VERSION) {
    const found = typeof abi === "number" ? abi : "none";
    refuse(`it has ABI ${found}, not ${ABI_VERSION}: build the policy again`);
  }
  const { digest, ...body } = serialized;
  const computed = hash("sha256", JSON.stringify(body));
  if (digest !== `sha256:${computed}`) refuse("its digest does not fit its content");
  // The digest vouches for the rest. This one thing would leave a route open if it were wrong.
  if (!serialized.routes.every(isGuarded)) refuse("a route has no rule");
  const { roles, methods, routes, router } = serialized;
  const fold = (text: string) => (router.caseSensitive ? text : text.toLowerCase());
  const reader = createTargetReader(router);
  const maskWords = Math.ceil(roles.length / 32);
  const allow = decodeWords(serialized.allow);
  const deny = decodeWords(serialized.deny);
  const literals = new Set(routes.flatMap(({ pattern }) => fold(pattern).split("/")));
  const isPlain = (text: string) => checkTarget(`/${text}`, reader) === (text.length + 1) * 4;
  return Object.freeze({
    digest,
    source: serialized,
    trie: decodeTrie(serialized.trie),
    reader,
    roleNumbers: numbersOf(roles),
    methodNumbers: numbersOf(methods),
    literals,
    uncheckedLength: [...literals].every(isPlain) ? router.maxPathLength : 0,
    maskWords,
    allow,
    deny,
    // Where GET is not bound, that is bit 31, which no method has.
    candidates: Int32Array.from(
      methods,
      (method, number) => (1 << number) | (method === "HEAD" ? 1 << methods.indexOf("GET") : 0),
    ),
    onlyNeeded: Int32Array.from(routes, ({ permissions: [only = -1, ...others] }) =>
      others.length > 0 ? -1 : only,
    ),
  });
}

/** Whether exactly the routes that need permissions name some. */
function isGuarded({ access, permissions }: SerializedRoute): boolean {
  const isOpen = access === "public" || access === "authenticated";
  return isOpen === (permissions.length === 0);
}

/** The route with this number; asking for one that does not exist is a bug. */
export function routeOf(snapshot: Snapshot, number: number): SerializedRoute {
  const route = snapshot.source.routes[number];
  if (route === undefined) throw new Error(`no route ${number}`);
  return route;
}

function refuse(reason: string): never {
  throw new GateError("snapshot-invalid", `the snapshot is refused: ${reason}`);
}

function numbersOf(names: readonly string[]): ReadonlyMap<string, number> {
  return new Map(names.map((name, number) => [name, number]));
}
