import { createHmac, randomBytes } from "node:crypto";
import { createRingKey, infoOf, openProvidedRing, openKeyRing } from "@gatewright/runtime/issuer";
import type { KeyRing, RingDocument } from "@gatewright/runtime/issuer";
import { describe, expect, it } from "vitest";
import { bearer, openDesk, present } from "../authenticate/token-desk.js";
import { NOW } from "../authenticate/token-forge.js";
import {
  clock,
  documentWith,
  issuerOf,
  partsOf,
  ringOf,
  ringPolicy,
  tokenFrom,
} from "./ring-desk.js";

const MASTER = Buffer.from(Array.from({ length: 32 }, (_, index) => index * 7)).toString(
  "base64url",
);
const policy = ringPolicy("HS256", "environment: MASTER, strategy: sliced");
const environment = { MASTER };
const SLICE = Math.floor(NOW / 3600);

function ringAt(seconds: number): KeyRing {
  return openKeyRing(
    { text: MASTER, settings: { strategy: "sliced" } },
    { now: () => seconds * 1000 },
  );
}

/** A token that is signed at a time, and presented at another. */
async function statusFor(signedAt: number, presentedAt: number): Promise<number | undefined> {
  const now = () => presentedAt * 1000;
  const issuer = issuerOf(policy, ringAt(signedAt), { now: () => signedAt * 1000 });
  const [outcome] = await present({ policy, environment, now }, bearer(await tokenFrom(issuer)));
  return outcome?.status;
}

describe("keys for slices of time", () => {
  it("sign under the slice of now, and the gate derives the same key", async () => {
    const token = await tokenFrom(issuerOf(policy, ringAt(NOW)));
    expect(partsOf(token)[0]).toEqual({ alg: "HS256", typ: "at+jwt", kid: `main.h${SLICE}` });
    const [outcome] = await present({ policy, environment }, bearer(token));
    expect([outcome?.status, outcome?.principal?.["id"]]).toEqual([200, "u1"]);
  });

  it("I4 accept a token as long as it lives, over the edge of a slice and clocks that differ", async () => {
    const edge = (SLICE + 1) * 3600;
    expect(await statusFor(edge - 1, edge + 898)).toBe(200);
    // The issuer's clock is ahead of the verifier's, by as much as is tolerated.
    expect(await statusFor(edge + 5, edge - 5)).toBe(200);
    expect(await statusFor(edge - 1, edge + 930)).toBe(401);
  });

  const names: readonly (readonly [string, string])[] = [
    ["a slice with a sign", "main.h-0"],
    ["a slice below none", "main.h--1"],
    ["minus one", "main.h-1"],
    ["a far slice", "main.h99999999999"],
    ["a slice beyond exact numbers", `main.h${2 ** 53}`],
    ["a leading zero", `main.h0${SLICE}`],
    ["an exponent", "main.h1e3"],
    ["hexadecimal", `main.h0x${SLICE.toString(16)}`],
    ["a fraction", `main.h${SLICE}.0`],
    ["the next slice", `main.h${SLICE + 1}`],
    ["the one behind", `main.h${SLICE + 2}`],
    ["the slice before what can be alive", `main.h${SLICE - 2}`],
    ["another ring", `other.h${SLICE}`],
    ["no ring", `.h${SLICE}`],
    ["no slice", "main.h"],
    ["the ring alone", "main"],
    ["more behind it", `main.h${SLICE}x`],
    ["another letter", `main.s${SLICE}`],
    ["__proto__", `__proto__.h${SLICE}`],
    ["no kid", ""],
  ];

  it.each(names)("I4 slice abuse: %s is refused, and nothing is derived for it", async (_, kid) => {
    const { ring, wishes } = await countingRing();
    const [, claims] = (await tokenFrom(issuerOf(policy, ringAt(NOW)))).split(".");
    const head = Buffer.from(JSON.stringify({ alg: "HS256", typ: "at+jwt", kid }));
    const input = `${head.toString("base64url")}.${claims}`;
    const token = `${input}.${createHmac("sha256", "x".repeat(32)).update(input).digest("base64url")}`;
    const application = ringPolicy("HS256", "from: application, strategy: sliced");
    const [outcome] = await present({ policy: application, rings: { desk: ring } }, bearer(token));
    expect([outcome?.status, outcome?.cause]).toEqual([401, "key"]);
    expect(wishes).toEqual([]);
  });

  it("I4 derives once for a slice, and keeps four keys at most", async () => {
    const { ring, wishes } = await countingRing({ sliceSeconds: 60 });
    const slice = Math.floor(NOW / 60);
    const ask = async (...slices: readonly number[]) => {
      for (const number of slices) await ring.find({ alg: "HS256", kid: `main.h${number}` });
      return wishes.length;
    };
    expect(await ask(slice, slice, slice)).toBe(1);
    expect(await ask(slice - 1, slice - 2, slice - 3, slice - 1, slice)).toBe(4);
    // The fifth takes the place of the oldest.
    expect(await ask(slice - 4, slice - 1, slice)).toBe(6);
  });

  it("I5 are of no use for another ring, deployment or length of a slice", async () => {
    const token = await tokenFrom(issuerOf(policy, ringAt(NOW)));
    const kid = String(partsOf(token)[0]?.["kid"]);
    const keyOf = async (ring: KeyRing) => (await ring.find({ alg: "HS256", kid }))?.export();
    const own = await keyOf(ringAt(NOW));
    const elsewhere = openKeyRing(
      { text: MASTER, settings: { strategy: "sliced", deployment: "staging" } },
      { now: clock },
    );
    expect(own).toHaveLength(32);
    expect(await keyOf(ringAt(NOW))).toEqual(own);
    expect(await keyOf(elsewhere)).not.toEqual(own);
  });

  it("rotate their master as a stored key rotates: both are accepted while tokens of the old one live", async () => {
    const document = documentWith(["HKDF-SHA512"], { strategy: "sliced" });
    const old = document.entries[0]?.id ?? "";
    const next = createRingKey("HKDF-SHA512", "next");
    const rotated: RingDocument = {
      ...document,
      entries: [
        ...document.entries.map((entry) => ({
          ...entry,
          activeUntil: NOW,
          acceptUntil: NOW + 930,
        })),
        {
          ...next,
          publishedAt: NOW,
          activeFrom: NOW,
          activeUntil: null,
          acceptUntil: null,
          revokedAt: null,
        },
      ],
    };
    const policyOfFile = ringPolicy("HS256", "file: ring.json, strategy: sliced");
    const files = { "ring.json": JSON.stringify(rotated) };
    const before = await tokenFrom(
      issuerOf(
        policyOfFile,
        ringOf(rotated, () => (NOW - 1) * 1000),
        { now: () => (NOW - 1) * 1000 },
      ),
    );
    const after = await tokenFrom(issuerOf(policyOfFile, ringOf(rotated)));
    expect(
      [before, after].map((token) => String(partsOf(token)[0]?.["kid"]).split(".")[0]),
    ).toEqual([old, "next"]);
    const outcomes = await present({ policy: policyOfFile, files }, bearer(before), bearer(after));
    expect(outcomes.map(({ status }) => status)).toEqual([200, 200]);
    const ended = ringOf(rotated, () => (NOW + 930) * 1000);
    expect(await ended.find({ alg: "HS256", kid: `${old}.h${SLICE}` })).toBeUndefined();
  });

  it("refuse a start with another strategy, slice, or no master", async () => {
    const ring = JSON.stringify(documentWith(["HKDF-SHA512"], { strategy: "sliced" }));
    expect(await start(policy, {})).toContain("is missing");
    expect(await start(policy, { MASTER: "short" })).toContain("weak");
    expect(await start(ringPolicy("HS256", "environment: MASTER"), { MASTER: ring })).toContain(
      "is `sliced`, not `global`",
    );
    const half = ringPolicy("HS256", "environment: MASTER, strategy: sliced, slice: 30m");
    expect(await start(half, { MASTER: ring })).toContain("slices of 3600 seconds, not of 1800");
    expect(await start(half, { MASTER })).toBeUndefined();
    const long = ringPolicy("HS256", "environment: MASTER, strategy: sliced", ", maxLifetime: 1h");
    expect(await start(long, { MASTER: ring })).toContain("less than `maxLifetime`");
  });
});

/** What a gate says instead of starting. */
function start(text: string, given: Readonly<Record<string, string>>): Promise<string | undefined> {
  return openDesk({ policy: text, environment: given }).then(
    async (desk) => void (await desk.close()),
    (error: Error) => error.message,
  );
}

/** A ring whose master nobody has: every derivation is told. */
async function countingRing(settings: Partial<RingDocument> = {}) {
  const wishes: string[] = [];
  const document = documentWith(["HKDF-SHA512"], { strategy: "sliced", ...settings });
  const entries = document.entries.map((entry) => ({ ...entry, id: "main", key: null }));
  const ring = await openProvidedRing(
    {
      get: () => ({ ...document, entries }),
      derive: (_, info) => {
        wishes.push(Buffer.from(info).toString("hex"));
        return createHmac("sha256", MASTER).update(info).digest();
      },
    },
    { now: clock },
  );
  return { ring, wishes };
}

describe("a provider that derives", () => {
  it("is asked for the fields of HKDF's info, and signs and verifies", async () => {
    const { ring, wishes } = await countingRing();
    const application = ringPolicy("HS256", "from: application, strategy: sliced");
    const token = await tokenFrom(issuerOf(application, ring));
    const [outcome] = await present({ policy: application, rings: { desk: ring } }, bearer(token));
    expect(outcome?.status).toBe(200);
    const wanted = {
      deployment: "",
      purpose: "jws",
      alg: "HS256",
      ring: "main",
      slice: SLICE,
    } as const;
    expect(wishes).toEqual([infoOf(wanted).toString("hex")]);
  });

  it("that fails is 503, no fault of the token, and `onError` hears why", async () => {
    const application = ringPolicy("HS256", "from: application, strategy: sliced");
    const document = documentWith(["HKDF-SHA512"], { strategy: "sliced" });
    const entries = document.entries.map((entry) => ({ ...entry, id: "main", key: null }));
    const token = await tokenFrom(issuerOf(policy, ringAt(NOW)));
    const answers = [
      () => Promise.reject(new Error("no way to the service")),
      () => {
        throw new Error("no way to the service");
      },
      () => randomBytes(31),
    ];
    for (const derive of answers) {
      const errors: unknown[] = [];
      const onError = (error: unknown) => errors.push(error);
      const provider = { get: () => ({ ...document, entries }), derive };
      const ring = await openProvidedRing(provider, { now: clock, onError });
      const rings = { desk: ring };
      const outcomes = await present({ policy: application, rings }, bearer(token), bearer(token));
      expect(outcomes.map(({ status, cause }) => [status, cause])).toEqual([
        [503, "keys"],
        [503, "keys"],
      ]);
      expect(errors.length).toBeGreaterThan(0);
    }
  });
});
