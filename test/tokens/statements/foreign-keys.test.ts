import { createHook } from "node:async_hooks";
import { once } from "node:events";
import fs, { readFileSync } from "node:fs";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { createServer } from "node:http";
import { syncBuiltinESMExports } from "node:module";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createPolicyGate } from "@gatewright/runtime/abi";
import { jwks } from "@gatewright/runtime/abi/jwks";
import { createTokenVerifier } from "@gatewright/runtime/tokens";
import { describe, expect, it } from "vitest";
import { hosts } from "../../agreement/load-hosts.js";
import type { LoosePolicy } from "../../agreement/loose-policy.js";
import { sendAll } from "../../agreement/raw-client.js";
import { openKeyServer } from "../../runtime/authenticate/key-server.js";
import { bearer, issuerPolicy, snapshotOf } from "../../runtime/authenticate/token-desk.js";
import {
  AUDIENCE,
  ISSUER,
  NOW,
  claimsWith,
  createSigner,
  encode,
  forge,
  secretSigner,
} from "../../runtime/authenticate/token-forge.js";
import type { Members } from "../../runtime/authenticate/token-forge.js";
import { deskFor, ec, headed, verdicts, verdictsOnce } from "./verdicts.js";

// The statements V10 and V11, and the attacks by keys that a token brings, points to or names.

const claims = encode(JSON.stringify(claimsWith()));

/** Under what names Node looks up hosts, connects and opens files. */
const OUTSIDE =
  /^(TCP|PIPE)CONNECTWRAP$|^(GETADDRINFO|GETNAMEINFO|QUERY|FS)REQ|^FSREQ|^UDPSENDWRAP$/i;

/** All input and output that is begun while a promise runs. */
async function outsideCalls(run: () => Promise<unknown>): Promise<readonly string[]> {
  const calls: string[] = [];
  const hook = createHook({
    init: (_, type) => {
      if (OUTSIDE.test(type)) calls.push(type);
    },
  });
  const { openSync, readFileSync, statSync } = fs;
  const spied = (name: string) => () => {
    calls.push(name);
    throw new Error("no file may be read");
  };
  Object.assign(fs, {
    openSync: spied("openSync"),
    readFileSync: spied("readFileSync"),
    statSync: spied("statSync"),
  });
  syncBuiltinESMExports();
  hook.enable();
  try {
    await run();
  } finally {
    hook.disable();
    Object.assign(fs, { openSync, readFileSync, statSync });
    syncBuiltinESMExports();
  }
  return calls;
}

const embedded = (url: string): readonly Members[] => [
  { jwk: secretSigner(Buffer.alloc(32, 7)).jwk },
  { jwk: createSigner("ES256").jwk },
  { jku: url },
  { jku: "https://id.example@127.0.0.1/jwks" },
  { jku: "http://169.254.169.254/latest/meta-data" },
  { jku: "file:///etc/passwd" },
  { x5u: url },
  { x5c: ["MIIB"] },
  { x5t: "AAAA" },
  { "x5t#S256": "AAAA" },
];

const read = async () => readFileSync("keys.json");

describe("V10 a header that brings or points to a key, and attack: embedded key", () => {
  it("is refused, whether or not the key fits, and nobody is asked for anything", async () => {
    const server = await openKeyServer(ec.jwk);
    const stranger = createSigner("ES256");
    const tokens = embedded(server.url).flatMap((header) => [
      forge(ec, { header }),
      forge(stranger, { header: { ...header, jwk: stranger.jwk } }),
    ]);
    // A secret that the token brings along, and that did sign it.
    const own = secretSigner(Buffer.alloc(32, 9));
    tokens.push(forge(own, { header: { jwk: own.jwk } }));
    expect(await verdictsOnce(deskFor(ec), tokens)).toEqual(["401 header"]);
    expect(server.asked()).toBe(0);
    await server.stop();
  });

  it("costs no connection, no look-up of a name and no file", async () => {
    const { policy, environment } = deskFor(ec);
    const verify = createTokenVerifier(snapshotOf(policy), { environment, now: () => NOW * 1000 });
    const headers = [...embedded("http://localhost:9/jwks"), { kid: "../../../../dev/null" }];
    const tokens = headers.map((header) => forge(ec, { header }));
    const calls = await outsideCalls(() => Promise.allSettled(tokens.map(verify)));
    expect(calls).toEqual([]);
    // The watch does see what it is for.
    const server = await openKeyServer();
    const url = server.url.replace("127.0.0.1", "localhost");
    const reached = await outsideCalls(() => fetch(url));
    expect(reached).toEqual(expect.arrayContaining(["GETADDRINFOREQWRAP", "TCPCONNECTWRAP"]));
    expect(await outsideCalls(() => stat("."))).not.toEqual([]);
    expect(await outsideCalls(() => read().catch(String))).toEqual(["readFileSync"]);
    await server.stop();
  });
});

const kids: readonly unknown[] = [
  "../../../../dev/null",
  "x' UNION SELECT 'k",
  "a\u0000b",
  "a b",
  "__proto__",
  "constructor",
  '{"a":1}',
  { a: 1 },
  ["a"],
  1,
  null,
  "",
  "k".repeat(65),
  "k".repeat(2 ** 20),
  "\u00e9",
  "a\n",
];

describe("V11 `kid`, and attack: kid", () => {
  const keys = JSON.stringify({ keys: [{ ...ec.jwk, kid: "k".repeat(64) }] });
  const desk = { policy: issuerPolicy("ES256"), environment: { KEYS: keys } };

  it("is 1 to 64 visible characters of ASCII, and names one of the keys that are there", async () => {
    const good = forge(ec, { header: { kid: "k".repeat(64) } });
    expect(await verdicts(desk, [good])).toEqual(["200"]);
    const tokens = kids.map((kid) => forge(ec, { header: { kid } }));
    // What is too long for a token is refused for that.
    expect(await verdictsOnce(desk, tokens)).toEqual(["401 key", "401 malformed"]);
  });

  it("of another tenant finds no key here", async () => {
    const other = createSigner("ES256");
    const policy = `
tokens:
  desk: { issuer: "${ISSUER}", audience: ${AUDIENCE}, algorithms: [ES256], keys: { environment: KEYS } }
  other: { issuer: "https://other.example", audience: ${AUDIENCE}, algorithms: [ES256], keys: { environment: OTHER } }
`;
    const environment = { KEYS: keys, OTHER: JSON.stringify({ ...other.jwk, kid: "theirs" }) };
    const tokens = [
      forge(other, { header: { kid: "theirs" } }),
      forge(other, { header: { kid: "theirs" }, claims: { iss: "https://other.example" } }),
    ];
    expect(await verdicts({ policy, environment }, tokens)).toEqual(["401 key", "200"]);
  });
});

describe("attack: kid flood", () => {
  it("10 000 names that nobody has cost one fetch", async () => {
    const keyServer = await openKeyServer({ ...ec.jwk, kid: "a" });
    const snapshot = snapshotOf(`
tokens:
  desk: { issuer: "${ISSUER}", audience: ${AUDIENCE}, algorithms: [ES256], keys: { url: "${keyServer.url}" } }
`);
    const cwd = await mkdtemp(join(tmpdir(), "gatewright-"));
    const settings = { cwd, now: () => NOW * 1000 };
    const gate = createPolicyGate<LoosePolicy>(snapshot, { hosts, jwks }, settings);
    const server = createServer((request, response) => {
      gate(request, response, () => response.end());
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    const { port } = server.address() as AddressInfo;
    const send = (tokens: readonly string[]) =>
      sendAll(
        port,
        tokens.map((token) => ({
          method: "GET",
          target: "/me",
          headers: { Authorization: bearer(token) },
        })),
      );
    const rest = `${claims}.${encode(ec.signatureOf("something else"))}`;
    const flood = Array.from({ length: 10_000 }, (_, index) => {
      return `${headed({ alg: "ES256", kid: `x${index}` })}.${rest}`;
    });
    const answers = await send(flood);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]));
    expect(keyServer.asked()).toBe(1);
    const [good] = await send([forge(ec, { header: { kid: "a" } })]);
    expect(good?.status).toBe(200);
    server.close();
    await gate.shutdown();
    await keyServer.stop();
    await rm(cwd, { recursive: true });
  });
});
