import { rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import {
  addKey,
  changeRingFile,
  createRingKey,
  jwksHandler,
  openKeyRing,
  revokeKey,
} from "@gatewright/runtime/issuer";
import type { RingDocument } from "@gatewright/runtime/issuer";
import { afterAll, describe, expect, it } from "vitest";
import { stateOf } from "../../../runtime/ring/ring-document.js";
import { bearer, openDesk } from "../authenticate/token-desk.js";
import { AUDIENCE, ISSUER, NOW } from "../authenticate/token-forge.js";
import { documentWith, issuerOf, partsOf, ringOf, ringPolicy, tokenFrom } from "./ring-desk.js";

const policy = ringPolicy("Ed25519", "file: ring.json");
const application = ringPolicy("Ed25519", "from: application");

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}

function activeOf(document: RingDocument, seconds: number): string {
  return document.entries.find((entry) => stateOf(entry, seconds) === "active")?.id ?? "";
}

describe("rotation", () => {
  it("I3 under load on a real server fails no request, from before it to after it", async () => {
    let seconds = NOW;
    const now = () => seconds * 1000;
    const first = documentWith(["Ed25519"]);
    const desk = await openDesk({ policy, now, files: { "ring.json": JSON.stringify(first) } });
    const file = join(desk.cwd, "ring.json");
    // The issuer and the gate have the ring open each for itself, as two services would.
    const issuing = openKeyRing({ file }, { now });
    const issuer = issuerOf(policy, issuing, { now });
    const signers = new Set<unknown>();
    const end = new AbortController();
    const load = async () => {
      let held: readonly string[] = [];
      while (!end.signal.aborted) {
        const fresh = await tokenFrom(issuer);
        signers.add(partsOf(fresh)[0]?.["kid"]);
        // A token that is seconds old is presented as well, as clients keep theirs.
        held = [fresh, ...held].slice(0, 4);
        await desk.send(...held.map(bearer));
      }
    };
    const clients = [load(), load(), load(), load()];
    await pause(150);
    changeRingFile(
      file,
      (document) => document && addKey(document, createRingKey("Ed25519"), seconds),
    );
    issuing.reload();
    // The gate looks at the file once a second of real time, ten minutes before it has to.
    await pause(1500);
    for (let step = 0; step < 14; step += 1) {
      seconds += 100;
      await pause(100);
    }
    end.abort();
    await Promise.all(clients);
    const outcomes = await desk.close();
    expect(signers.size).toBe(2);
    expect(outcomes.length).toBeGreaterThan(100);
    expect(outcomes.filter(({ status }) => status !== 200).map(({ cause }) => cause)).toEqual([]);
    expect(desk.errors).toEqual([]);
  });

  it("I3 refuses tokens of a key whose time to be accepted is over", async () => {
    let seconds = NOW;
    const now = () => seconds * 1000;
    const first = documentWith(["Ed25519"]);
    const rotated = addKey(first, createRingKey("Ed25519"), NOW) ?? first;
    const ring = ringOf(rotated, now);
    const old = first.entries[0]?.id ?? "";
    const stays = rotated.entries[0]?.acceptUntil ?? 0;
    const states = [NOW, NOW + 599, NOW + 600, stays - 1, stays].map((at) => {
      seconds = at;
      return [activeOf(rotated, at) === old, ring.find({ alg: "Ed25519", kid: old }) !== undefined];
    });
    expect(states).toEqual([
      [true, true],
      [true, true],
      [false, true],
      [false, true],
      [false, false],
    ]);
  });

  it("I3 ends a key in an emergency on the next request of the process", async () => {
    const ring = ringOf(documentWith(["Ed25519"]));
    const token = await tokenFrom(issuerOf(application, ring));
    const desk = await openDesk({ policy: application, rings: { desk: ring } });
    await desk.send(bearer(token));
    ring.revoke(String(partsOf(token)[0]?.["kid"]));
    await desk.send(bearer(token));
    const outcomes = await desk.close();
    expect(outcomes.map(({ status, cause }) => [status, cause])).toEqual([
      [200, undefined],
      [401, "key"],
    ]);
    expect(ring.jwks().keys).toEqual([]);
    await expect(tokenFrom(issuerOf(application, ring))).rejects.toThrow("no active key");
  });

  it("I3 ends a key that the ring's file revokes for a gate that runs, and its successor signs", async () => {
    const first = documentWith(["Ed25519"]);
    const desk = await openDesk({ policy, files: { "ring.json": JSON.stringify(first) } });
    const file = join(desk.cwd, "ring.json");
    const ring = openKeyRing({ file }, { now: () => NOW * 1000 });
    const old = await tokenFrom(issuerOf(policy, ring));
    await desk.send(bearer(old));
    const replacement = createRingKey("Ed25519");
    changeRingFile(
      file,
      (document) =>
        document && revokeKey(document, activeOf(document, NOW), { seconds: NOW, replacement }),
    );
    ring.reload();
    const next = await tokenFrom(issuerOf(policy, ring));
    // The gate looks at the file once a second; until then it knows neither.
    let answers: readonly number[] = [];
    for (let tries = 0; tries < 100 && answers[0] !== 401; tries += 1) {
      answers = (await desk.send(bearer(old), bearer(next))).map(({ status }) => status);
      await pause(50);
    }
    expect(answers).toEqual([401, 200]);
    await desk.close();
  });

  it("keeps the keys of a file that breaks or goes away, and tells of it once each", async () => {
    const first = documentWith(["Ed25519"]);
    const desk = await openDesk({ policy, files: { "ring.json": JSON.stringify(first) } });
    const token = await tokenFrom(issuerOf(policy, ringOf(first)));
    await desk.send(bearer(token));
    rmSync(join(desk.cwd, "ring.json"));
    for (let tries = 0; tries < 100 && desk.errors.length === 0; tries += 1) {
      await desk.send(bearer(token));
      await pause(50);
    }
    expect(desk.errors.map((error) => Object(error).code)).toEqual(["ENOENT"]);
    const outcomes = await desk.close();
    expect(outcomes.every(({ status }) => status === 200)).toBe(true);
  });
});

describe("published keys", () => {
  const ring = ringOf(documentWith(["Ed25519", "ES256", "RS256", "HS256", "A256GCM"]));
  const handler = jwksHandler(ring);
  const server = createServer((request, response) => handler(request, response));
  server.listen(0, "127.0.0.1");
  const urlOf = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`;
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  it("I7 are public ones alone, each with its algorithm and use", async () => {
    const answer = await fetch(urlOf());
    expect(answer.headers.get("content-type")).toBe("application/jwk-set+json");
    const { keys } = (await answer.json()) as { keys: readonly Record<string, unknown>[] };
    expect(keys.map(({ alg, use, kty }) => [alg, use, kty])).toEqual([
      ["Ed25519", "sig", "OKP"],
      ["ES256", "sig", "EC"],
      ["RS256", "sig", "RSA"],
    ]);
    const members = new Set(keys.flatMap((key) => Object.keys(key)));
    expect([...members].toSorted()).toEqual([
      "alg",
      "crv",
      "e",
      "kid",
      "kty",
      "n",
      "use",
      "x",
      "y",
    ]);
  });

  it("of derived keys are none", () => {
    const sliced = ringOf(documentWith(["HKDF-SHA512"], { strategy: "sliced" }));
    expect(sliced.jwks()).toEqual({ keys: [] });
  });

  it("I3 may be cached as long as a key is published before it signs", async () => {
    const answer = await fetch(urlOf());
    expect(answer.headers.get("cache-control")).toBe("public, max-age=600");
    const etag = answer.headers.get("etag") ?? "";
    for (const held of [etag, `"x", W/${etag}`, "*"]) {
      const again = await fetch(urlOf(), { headers: { "If-None-Match": held } });
      expect([again.status, await again.text()]).toEqual([304, ""]);
    }
    expect((await fetch(urlOf(), { headers: { "If-None-Match": '"x"' } })).status).toBe(200);
  });

  it("answer GET and HEAD", async () => {
    const head = await fetch(urlOf(), { method: "HEAD" });
    expect([head.status, await head.text()]).toEqual([200, ""]);
    const post = await fetch(urlOf(), { method: "POST" });
    expect([post.status, post.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
  });

  it("verify the ring's tokens at a service that fetches them", async () => {
    const token = await tokenFrom(issuerOf(application, ring));
    const policyOfOther = `
tokens:
  desk: { issuer: "${ISSUER}", audience: ${AUDIENCE}, algorithms: [Ed25519], keys: { url: "${urlOf()}" } }
principal: { roles: roles }
`;
    const desk = await openDesk({ policy: policyOfOther });
    await desk.send(bearer(token));
    const [outcome] = await desk.close();
    expect(outcome?.status).toBe(200);
  });

  it("I3 hold the staged key, the active one and the retiring one, not those before", () => {
    let seconds = NOW;
    const one = documentWith(["Ed25519"]);
    const two = addKey(one, createRingKey("Ed25519", "second"), NOW) ?? one;
    const moving = ringOf(two, () => seconds * 1000);
    const shown = [NOW, NOW + 600, NOW + 600 + 930].map((at) => {
      seconds = at;
      return moving.jwks().keys.map(({ kid }) => kid);
    });
    const old = one.entries[0]?.id;
    expect(shown).toEqual([[old, "second"], [old, "second"], ["second"]]);
  });
});
