import {
  addKey,
  createRingKey,
  openKeyRing,
  pruneKeys,
  revokeKey,
  ringDefaults,
} from "@gatewright/runtime/issuer";
import type { RingDocument, RingEntry } from "@gatewright/runtime/issuer";
import { array, assert, constantFrom, integer, property, record } from "fast-check";
import { describe, expect, it } from "vitest";
import { stateOf } from "../../../runtime/ring/ring-document.js";

const settings = { ...ringDefaults, maxLifetimeSeconds: 300, publishSeconds: 600 };
const ALIVE = settings.maxLifetimeSeconds + settings.clockToleranceSeconds;

let made = 0;
/** Keys of these tests differ by their ids alone, so that thousands of them take no time. */
const { alg, purpose, key } = createRingKey("Ed25519");
const newKey = () => ({ id: `k${(made += 1)}`, alg, purpose, key });

const event = record({
  after: integer({ min: 1, max: 900 }),
  what: constantFrom(...(["rotate", "revoke-active", "revoke-staged", "prune"] as const)),
});

type Happening = Readonly<{ after: number; what: string }>;

function apply(document: RingDocument, what: string, seconds: number): RingDocument {
  const inState = (state: string) =>
    document.entries.find((entry) => stateOf(entry, seconds) === state)?.id ?? "";
  if (what === "rotate") return addKey(document, newKey(), seconds) ?? document;
  if (what === "prune") return pruneKeys(document, seconds);
  const id = inState(what === "revoke-active" ? "active" : "staged");
  return revokeKey(document, id, { seconds, replacement: newKey() }) ?? document;
}

function play(events: readonly Happening[], look: (document: RingDocument, at: number) => void) {
  let seconds = 1_000_000;
  let document = addKey(settings, newKey(), seconds) ?? settings;
  look(document, seconds);
  for (const { after, what } of events) {
    // Between two events the clock alone changes states.
    for (const step of [1, after]) look(document, seconds + step);
    seconds += after;
    document = apply(document, what, seconds);
    look(document, seconds);
  }
}

describe("the life of keys", () => {
  it("I3 has exactly one active key for an algorithm, whatever happens", () => {
    assert(
      property(array(event, { maxLength: 12 }), (events) => {
        play(events, (document, seconds) => {
          const active = document.entries.filter((entry) => stateOf(entry, seconds) === "active");
          expect(active).toHaveLength(1);
          // What was changed is a ring that can be opened.
          openKeyRing({ text: JSON.stringify(document) });
        });
      }),
      { numRuns: 60 },
    );
  });

  it("I3 publishes a key before it signs as long as a JWKS is cached, but for an emergency", () => {
    assert(
      property(array(event, { maxLength: 12 }), (events) => {
        const isCalm = events.every(({ what }) => !what.startsWith("revoke"));
        play(events, ({ entries }) => {
          const [, ...later] = isCalm ? entries.toSorted(byBirth) : [];
          for (const { publishedAt, activeFrom } of later)
            expect(activeFrom - publishedAt).toBeGreaterThanOrEqual(settings.publishSeconds);
        });
      }),
      { numRuns: 60 },
    );
  });

  it("I3 accepts a key until the last token that it signed has ended, and then no more", () => {
    const first = addKey(settings, newKey(), 1000) ?? settings;
    const [old] = addKey(first, newKey(), 2000)?.entries ?? [];
    expect(old?.activeUntil).toBe(2600);
    expect(old?.acceptUntil).toBe(2600 + ALIVE);
    const states = [2599, 2600, 2600 + ALIVE - 1, 2600 + ALIVE].map(
      (at) => old && stateOf(old, at),
    );
    expect(states).toEqual(["active", "retiring", "retiring", "retired"]);
  });

  it("stages one key at a time", () => {
    const first = addKey(settings, newKey(), 1000) ?? settings;
    const second = addKey(first, newKey(), 1001) ?? settings;
    expect(addKey(second, newKey(), 1002)).toBeUndefined();
    expect(addKey(second, newKey(), 1601)).toBeDefined();
  });

  it("I3 lets the staged key sign at once where the active one is revoked, or else a new one", () => {
    const first = addKey(settings, newKey(), 1000) ?? settings;
    const alone = revokeKey(first, first.entries[0]?.id ?? "", {
      seconds: 1100,
      replacement: newKey(),
    });
    expect(alone?.entries.map((entry) => stateOf(entry, 1100))).toEqual(["revoked", "active"]);
    const staged = addKey(first, newKey(), 1050) ?? settings;
    const pulled = revokeKey(staged, first.entries[0]?.id ?? "", {
      seconds: 1100,
      replacement: newKey(),
    });
    expect(pulled?.entries.map((entry) => stateOf(entry, 1100))).toEqual(["revoked", "active"]);
  });

  it("knows no other key to revoke", () => {
    expect(revokeKey(settings, "k0", { seconds: 1, replacement: newKey() })).toBeUndefined();
  });

  it("forgets keys of which nothing is alive", () => {
    const first = addKey(settings, newKey(), 1000) ?? settings;
    const second = addKey(first, newKey(), 2000) ?? settings;
    expect(pruneKeys(second, 2600 + ALIVE - 1).entries).toHaveLength(2);
    expect(pruneKeys(second, 2600 + ALIVE).entries).toHaveLength(1);
  });
});

function byBirth(a: RingEntry, b: RingEntry): number {
  return a.publishedAt - b.publishedAt;
}
