import { randomBytes } from "node:crypto";
import type { ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { openKeyServer } from "./key-server.js";
import type { KeyServer } from "./key-server.js";
import { bearer, openDesk } from "./token-desk.js";
import type { TokenDesk } from "./token-desk.js";
import { AUDIENCE, ISSUER, NOW, createSigner, forge } from "./token-forge.js";
import type { Signer } from "./token-forge.js";

const first = createSigner("ES256");
const second = createSigner("ES256");
const rsa = createSigner("RS256");

const named = (signer: Signer, kid: string) => ({ ...signer.jwk, kid, use: "sig" });
const token = (signer: Signer, kid?: string) =>
  bearer(forge(signer, { header: kid === undefined ? {} : { kid }, claims: { iat: NOW } }));

function policyAt(url: string, algorithms = "ES256, RS256, Ed25519"): string {
  return `
tokens:
  desk: { issuer: "${ISSUER}", audience: ${AUDIENCE}, algorithms: [${algorithms}], keys: { url: "${url}" } }
principal: { roles: roles }
`;
}

let server: KeyServer;

/** The clock of the gate and of jose's cache. */
const setClock = (seconds: number) => vi.setSystemTime((NOW + seconds) * 1000);

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  setClock(0);
  server = await openKeyServer(named(first, "a"));
});

afterEach(async () => {
  vi.useRealTimers();
  await server.stop();
});

async function openAt(url = server.url): Promise<TokenDesk> {
  return openDesk({ policy: policyAt(url), now: () => Date.now() });
}

const statuses = async (desk: TokenDesk) =>
  (await desk.close()).map(({ status, cause }) => [status, cause]);

describe("keys behind an address", () => {
  it("verify, and are fetched once", async () => {
    const desk = await openAt();
    expect(server.asked()).toBe(0);
    await desk.send(...Array.from({ length: 20 }, () => token(first, "a")));
    await desk.send(token(first), token(second, "a"), token(first, "a"));
    expect(server.asked()).toBe(1);
    const outcomes = await statuses(desk);
    expect(outcomes.slice(0, 20)).toEqual(Array.from({ length: 20 }, () => [200, undefined]));
    expect(outcomes.slice(20)).toEqual([
      [200, undefined],
      [401, "signature"],
      [200, undefined],
    ]);
    expect(desk.errors).toEqual([]);
  });

  it("serve each algorithm of the policy", async () => {
    const ed = createSigner("Ed25519");
    server.answer([named(first, "a"), named(rsa, "b"), named(ed, "c")]);
    const desk = await openAt();
    await desk.send(token(first, "a"), token(rsa, "b"), token(ed, "c"), token(rsa, "a"));
    expect(await statuses(desk)).toEqual([
      [200, undefined],
      [200, undefined],
      [200, undefined],
      [401, "key"],
    ]);
  });

  it("may be rotated: a `kid` that is not known is looked up again", async () => {
    const desk = await openAt();
    await desk.send(token(first, "a"));
    server.answer([named(first, "a"), named(second, "b")]);
    // Within the pause between two lookups nothing is fetched for it.
    setClock(29);
    await desk.send(token(second, "b"));
    expect(server.asked()).toBe(1);
    setClock(30);
    await desk.send(token(second, "b"));
    await desk.send(token(first, "a"));
    server.answer([named(second, "b")]);
    // A key that was taken away is known for ten minutes at the most.
    setClock(60);
    await desk.send(token(first, "a"), token(second, "b"));
    setClock(631);
    await desk.send(token(second, "b"));
    await desk.send(bearer(forge(first, { header: { kid: "a" }, claims: { exp: NOW + 9999 } })));
    const outcomes = await desk.close();
    expect(outcomes.map(({ status, cause }) => [status, cause])).toEqual([
      [200, undefined],
      [401, "key"],
      [200, undefined],
      [200, undefined],
      [200, undefined],
      [200, undefined],
      [401, "expired"],
      [401, "key"],
    ]);
    expect(server.asked()).toBe(3);
  });

  it("are not fetched for each of many names that nobody has", async () => {
    const desk = await openAt();
    await desk.send(token(first, "a"));
    setClock(31);
    const names = Array.from({ length: 300 }, (_, index) => `x${index}`);
    await desk.send(...names.map((kid) => token(second, kid)));
    expect(server.asked()).toBe(2);
    const outcomes = await statuses(desk);
    expect(outcomes.slice(1)).toEqual(names.map(() => [401, "key"]));
  });

  it("are kept by a swap to a policy with the same address, and fetched for another", async () => {
    const other = await openKeyServer(named(second, "b"));
    const desk = await openAt();
    await desk.send(token(first, "a"));
    desk.swap(policyAt(server.url, "ES256"));
    await desk.send(token(first, "a"));
    expect(server.asked()).toBe(1);
    desk.swap(policyAt(other.url));
    await desk.send(token(first, "a"), token(second, "b"));
    expect([server.asked(), other.asked()]).toEqual([1, 1]);
    await other.stop();
    expect(await statuses(desk)).toEqual([
      [200, undefined],
      [200, undefined],
      [401, "key"],
      [200, undefined],
    ]);
  });
});

describe("a key that an issuer should not publish", () => {
  it.each([
    ["an RSA key of 1024 bits", createSigner("RS256", 1024)],
    ["an RSA key with an exponent of 1", exponentOne()],
  ])("verifies nothing: %s", async (_, signer) => {
    server.answer([named(signer, "w"), named(first, "a")]);
    const desk = await openAt();
    await desk.send(token(signer, "w"), token(first, "a"));
    expect(await statuses(desk)).toEqual([
      [401, "key"],
      [200, undefined],
    ]);
  });

  it("verifies nothing: a shared secret", async () => {
    const secret = createSigner("HS256");
    server.answer([named(secret, "s"), named(first, "a")]);
    const desk = await openAt();
    await desk.send(token(secret, "s"), token(first, "a"));
    expect(await statuses(desk)).toEqual([
      [401, "algorithm"],
      [200, undefined],
    ]);
  });

  it("verifies nothing: a private key, nor one of two with one name", async () => {
    const whole = first.privateKey?.export({ format: "jwk" });
    server.answer([{ ...whole, kid: "p" }, named(first, "a"), named(rsa, "t"), named(rsa, "t")]);
    const desk = await openAt();
    await desk.send(token(rsa, "t"));
    await desk.send(token(first, "p"));
    await desk.send(token(first, "a"));
    expect(await statuses(desk)).toEqual([
      [401, "key"],
      [503, "keys"],
      [200, undefined],
    ]);
    expect(JSON.stringify(desk.errors.map(String))).not.toContain(String(whole?.["d"]));
  });
});

describe("keys that cannot be fetched", () => {
  const faults: readonly (readonly [string, (response: ServerResponse) => void, RegExp])[] = [
    ["the connection breaks", (response) => response.destroy(), /fetch failed/],
    ["the answer is 500", (response) => response.writeHead(500).end("{}"), /Expected 200 OK/],
    ["the answer is 404", (response) => response.writeHead(404).end(), /Expected 200 OK/],
    ["the answer is 204", (response) => response.writeHead(204).end(), /./],
    ["the answer is empty", (response) => response.end(), /parse/],
    ["the answer is HTML", (response) => response.end("<html></html>"), /parse/],
    ["the JSON breaks off", (response) => response.end('{"keys":[{'), /parse/],
    ["the answer is no key set", (response) => response.end('{"keys":7}'), /malformed/],
    ["the answer is null", (response) => response.end("null"), /malformed/],
    ["the answer is a list", (response) => response.end("[]"), /malformed/],
    ["the members are no keys", (response) => response.end('{"keys":[1]}'), /malformed/],
    [
      "the answer is longer than a mebibyte",
      (response) => response.end(JSON.stringify({ keys: [], pad: "x".repeat(1 << 20) })),
      /too long/,
    ],
    [
      "the answer unpacks to more than a mebibyte",
      (response) => {
        response.setHeader("Content-Encoding", "gzip");
        response.end(gzipSync(Buffer.alloc(1 << 26, " ")));
      },
      /too long/,
    ],
    [
      "the body breaks off",
      (response) => {
        response.writeHead(200, { "Content-Length": 1000 });
        response.write('{"keys":');
        setTimeout(() => response.destroy(), 10);
      },
      /./,
    ],
  ];

  it.each(faults)("make it 503 where %s", async (_, fault, message) => {
    server.answer(fault);
    const desk = await openAt();
    await desk.send(token(first, "a"));
    const [outcome] = await desk.close();
    expect(outcome).toMatchObject({
      status: 503,
      cause: "keys",
      principal: null,
      record: { reason: "unavailable", decision: "deny" },
    });
    expect(outcome?.response.headers.get("retry-after")).toBe("5");
    expect(outcome?.response.body).not.toContain("127.0.0.1");
    expect(desk.errors).toEqual([
      expect.objectContaining({ code: "unavailable", message: expect.stringMatching(message) }),
    ]);
    const subject = `the keys of issuer \`desk\` (url \`${server.url}\`) cannot be used: `;
    expect(String(desk.errors[0])).toContain(subject);
  });

  it.each([301, 302, 303, 307, 308])("are not looked for elsewhere: %i", async (status) => {
    const other = await openKeyServer(named(first, "a"));
    server.answer((response) => response.writeHead(status, { Location: other.url }).end());
    const desk = await openAt();
    await desk.send(token(first, "a"));
    expect(await statuses(desk)).toEqual([[503, "keys"]]);
    expect(other.asked()).toBe(0);
    await other.stop();
  });

  it("are given up after five seconds, without a head or in the midst of a body", async () => {
    const silent: ServerResponse[] = [];
    server.answer((response) => {
      silent.push(response);
      if (silent.length === 2) response.writeHead(200).write('{"keys":[');
    });
    const [one, other] = [await openAt(), await openAt()];
    await Promise.all([one.send(token(first, "a")), other.send(token(first, "a"))]);
    expect(await statuses(one)).toEqual([[503, "keys"]]);
    expect(await statuses(other)).toEqual([[503, "keys"]]);
    expect(silent).toHaveLength(2);
  });

  it("are asked for again, but not by each request", async () => {
    server.answer((response) => response.writeHead(500).end());
    const desk = await openAt();
    await desk.send(...Array.from({ length: 10 }, () => token(first, "a")));
    setClock(4);
    await desk.send(token(first, "a"), token(first, "b"));
    expect(server.asked()).toBe(1);
    expect(desk.errors).toHaveLength(1);
    server.answer([named(first, "a")]);
    setClock(5);
    await desk.send(token(first, "a"));
    expect(server.asked()).toBe(2);
    const outcomes = await statuses(desk);
    expect(outcomes.slice(0, -1)).toEqual(Array.from({ length: 12 }, () => [503, "keys"]));
    expect(outcomes.at(-1)).toEqual([200, undefined]);
  });

  it("do not take away those that are known and young enough", async () => {
    const desk = await openAt();
    await desk.send(token(first, "a"));
    server.answer((response) => response.writeHead(500).end());
    setClock(31);
    await desk.send(token(first, "x"));
    await desk.send(token(first, "a"));
    const old = bearer(forge(first, { header: { kid: "a" }, claims: { exp: NOW + 9999 } }));
    setClock(599);
    await desk.send(old);
    setClock(600);
    await desk.send(old);
    expect(await statuses(desk)).toEqual([
      [200, undefined],
      [503, "keys"],
      [200, undefined],
      [200, undefined],
      [503, "keys"],
    ]);
  });

  it("are told by a public route with optional identity as nobody", async () => {
    await server.stop();
    const desk = await openAt();
    const headers = { Authorization: token(first, "a") };
    await desk.send({ method: "GET", target: "/open", headers });
    await desk.send({ method: "GET", target: "/free", headers });
    expect(await statuses(desk)).toEqual([
      [200, "keys"],
      [200, undefined],
    ]);
    server = await openKeyServer();
  });
});

describe("a token that is refused for its form", () => {
  it("costs no fetch", async () => {
    const desk = await openAt();
    const own = named(first, "a");
    await desk.send(
      "Bearer x",
      bearer(randomBytes(9000).toString("base64url")),
      token(createSigner("HS256"), "a"),
      bearer(forge(first, { header: { kid: "a", jku: server.url } })),
      bearer(forge(first, { header: { kid: "a", jwk: own } })),
      bearer(forge(first, { header: { kid: "a", x5u: server.url } })),
      bearer(forge(first, { header: { kid: "../a b" } })),
      bearer(forge(first, { header: { kid: "a", alg: "none" } })),
      bearer(forge(first, { claims: { iss: server.url } })),
    );
    expect(server.asked()).toBe(0);
    expect(new Set((await desk.close()).map(({ status }) => status))).toEqual(new Set([401]));
  });
});

/** Whoever knows the modulus alone can sign for it: the signature is the padded digest itself. */
function exponentOne(): Signer {
  return { ...rsa, jwk: { ...rsa.jwk, e: "AQ" } };
}
