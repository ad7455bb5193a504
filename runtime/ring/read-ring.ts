import { readObject } from "../tokens/read-object.js";
import { readKeyPair } from "./key-pair.js";
import { RING_ID, ringDefaults, stateOf } from "./ring-document.js";
import type { RingDocument, RingEntry } from "./ring-document.js";

/** Says why a ring cannot be used; never a part of a key. */
export type FailRing = (reason: string) => never;

/** The document that a text holds, checked whole. */
export function readRing(text: string, fail: FailRing): RingDocument {
  return checkRing(readObject(text) ?? fail("is no JSON object"), fail);
}

/** `isComplete`: whether every entry must hold its private key; a provider may keep them. */
export function checkRing(value: object, fail: FailRing, isComplete = true): RingDocument {
  const document = { ...ringDefaults, ...value } as RingDocument;
  const { format, strategy, deployment, entries, ...times } = document;
  if (format !== 1) fail("has another format than 1");
  if (!["global", "sliced", "per-token"].includes(strategy)) fail("has no known `strategy`");
  if (typeof deployment !== "string" || deployment.length > 100) fail("has a bad `deployment`");
  for (const [name, [least, most]] of Object.entries(bounds)) {
    const seconds: unknown = Reflect.get(times, name);
    if (!isWithin(seconds, least, most)) fail(`has a \`${name}\` that is not ${least} to ${most}`);
  }
  if (!Array.isArray(entries)) return fail("has no list of `entries`");
  for (const entry of entries) checkEntry(entry, document, fail, isComplete);
  checkTogether(entries, fail);
  return document;
}

const bounds: Readonly<Record<string, readonly [number, number]>> = {
  sliceSeconds: [60, 86_400],
  maxLifetimeSeconds: [1, 86_400],
  clockToleranceSeconds: [0, 60],
  publishSeconds: [0, 604_800],
};

function isWithin(value: unknown, least: number, most: number): boolean {
  return Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most;
}

function checkEntry(
  entry: RingEntry,
  { strategy }: RingDocument,
  fail: FailRing,
  isComplete: boolean,
): void {
  const { id, alg, purpose, key, activeFrom, activeUntil, acceptUntil } = Object(entry);
  if (typeof id !== "string" || !RING_ID.test(id)) fail("has an `id` that is none");
  const isMaster = strategy !== "global";
  if (purposes[alg] !== purpose || isMaster !== (purpose === "master")) {
    fail(`has a key \`${id}\` that its strategy \`${strategy}\` does not use`);
  }
  const isTimed =
    ["publishedAt", "activeFrom"].every((name) => isSecond(Reflect.get(entry, name))) &&
    ["activeUntil", "acceptUntil", "revokedAt"].every((name) => {
      const time: unknown = Reflect.get(entry, name);
      return time === null || isSecond(time);
    });
  const isOrdered =
    (activeUntil === null) === (acceptUntil === null) &&
    activeFrom <= (activeUntil ?? activeFrom) &&
    (activeUntil ?? 0) <= (acceptUntil ?? 0);
  if (!isTimed || !isOrdered) fail(`has a key \`${id}\` whose times are no times`);
  if (key === null && !isComplete) return;
  readKeyPair({ alg, key, isComplete }, (reason) => fail(`has a key \`${id}\` that ${reason}`));
}

const purposes: Readonly<Record<string, string>> = {
  Ed25519: "jws",
  ES256: "jws",
  RS256: "jws",
  HS256: "jws",
  A256GCM: "jwe",
  "HKDF-SHA512": "master",
};

function isSecond(value: unknown): boolean {
  return isWithin(value, 0, 2 ** 33);
}

/** One id stands for one key, and of the keys for one algorithm one is active at a time. */
function checkTogether(entries: readonly RingEntry[], fail: FailRing): void {
  if (new Set(entries.map(({ id }) => id)).size < entries.length) {
    fail("has two keys with one `id`");
  }
  for (const { id, alg, activeFrom, revokedAt } of entries) {
    const isShared = entries.some(
      (other) => other.id !== id && other.alg === alg && stateOf(other, activeFrom) === "active",
    );
    if (revokedAt === null && isShared) fail(`has a key beside \`${id}\` that signs as it does`);
  }
}
