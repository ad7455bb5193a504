import { CompactEncrypt } from "jose";
import { afterEach, describe, expect, it, vi } from "vitest";
import { bearer, present } from "../../runtime/authenticate/token-desk.js";
import { claimsWith, encode, forge, signParts } from "../../runtime/authenticate/token-forge.js";
import { appended, deskFor, prepended, rsa, secret, verdicts, verdictsOnce } from "./verdicts.js";

// The statements V1 to V5, and the attacks on the form of a token: what is refused before any key is used.

const desk = deskFor(secret);
const good = forge(secret);
const [head = "", body = "", tail = ""] = good.split(".");
const claims = JSON.stringify(claimsWith());
const header = JSON.stringify({ alg: "HS256", typ: "at+jwt" });
const withClaims = (text: string | Buffer) => forge(secret, { claims: text });
const withHeader = (text: string | Buffer) => forge(secret, { header: text });

const KIB = 1024;
/** Ten million characters, and the dots of the attack. */
const TEN_MILLION = 10 ** 7;

function refusedAs(cause: string, count: number): readonly string[] {
  return Array.from({ length: count }, () => `401 ${cause}`);
}

/** A good token that is this long, to a character or two. */
function sized(length: number): string {
  const room = length - forge(secret, { claims: { pad: "" } }).length;
  return forge(secret, { claims: { pad: "x".repeat(Math.floor((room * 3) / 4)) } });
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe("V1 a token longer than 8 KiB", () => {
  it("is refused before anything of it is decoded, though its signature is good", async () => {
    const long = [sized(8200), sized(16 * KIB - 1), sized(64 * KIB)];
    const decode = vi.spyOn(Buffer, "from");
    expect(await verdicts(desk, long)).toEqual(refusedAs("malformed", long.length));
    // A key is shorter than any token.
    const decoded = decode.mock.calls.filter((given: readonly unknown[]) => {
      return given[1] === "base64url" && String(given[0]).length > 64;
    });
    expect(decoded).toEqual([]);
  });

  it("is accepted up to the limit", async () => {
    expect(sized(8190).length).toBeGreaterThan(8185);
    expect(await verdicts(desk, [sized(8190)])).toEqual(["200"]);
  });
});

describe("attack: huge", () => {
  it.each([16 * KIB - 1, 64 * KIB, TEN_MILLION])(
    "header, payload or signature of %i characters",
    async (length) => {
      const part = "A".repeat(length);
      const tokens = [
        `${part}.${body}.${tail}`,
        `${head}.${part}.${tail}`,
        `${head}.${body}.${part}`,
      ];
      expect(await verdictsOnce(desk, tokens)).toEqual(["401 malformed"]);
    },
  );
});

describe("V2 another character or number of dots", () => {
  it.each(["=", "+", "/", " ", "\t", "\u00a0", "%", "\u00ff", "~", "!", "\\", '"'])(
    "is refused: %j",
    async (character) => {
      const at = (part: string) => part.slice(0, 5) + character + part.slice(5);
      const tokens = [
        signParts(secret, at(head), body),
        signParts(secret, head, at(body)),
        `${head}.${body}.${at(tail)}`,
      ];
      expect(await verdictsOnce(desk, tokens)).toEqual(["401 malformed"]);
    },
  );

  it.each(["\n", "\r", "\0"])("never comes to the gate in a header: %j", async (character) => {
    // The parser of HTTP answers it; what stands behind U+0130 would not fit into an octet.
    const request = {
      method: "GET",
      target: "/me",
      headers: { Authorization: `Bearer a${character}b` },
    };
    await expect(present(desk, request)).rejects.toThrow();
  });

  it("is refused: any number of dots but two", async () => {
    const dots = [0, 1, 3, 4, 5].map((count) => ".".repeat(count));
    const parts = [head, `${head}.${body}`, `${good}.${tail}`, `${good}.${tail}.${tail}.${tail}`];
    const empty = [`..`, `.${body}.${tail}`, `${head}..${tail}`, `${head}.${body}.`];
    expect(await verdictsOnce(desk, [...dots, ...parts, ...empty])).toEqual(["401 malformed"]);
  });
});

describe("attack: many dots", () => {
  it("10^7 dots, alone and behind a token", async () => {
    const dots = ".".repeat(TEN_MILLION);
    expect(await verdictsOnce(desk, [dots, good + dots])).toEqual(["401 malformed"]);
  });
});

/** The longest beginning whose length is 1 modulo 4. */
const oddly = (part: string) => part.slice(0, part.length - ((part.length - 1) % 4));

describe("V3 non-zero trailing bits, or a length of 1 modulo 4", () => {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  /** The spellings that lenient decoders give the same bytes. */
  const siblings = (part: string) => {
    const last = alphabet.indexOf(part.at(-1) ?? "");
    const spare = [1, 1, 16, 4][part.length % 4] ?? 1;
    return Array.from({ length: spare }, (_, bits) => last - (last % spare) + bits)
      .filter((index) => index !== last)
      .map((index) => part.slice(0, -1) + alphabet.charAt(index));
  };

  it("is refused in every segment", async () => {
    const pads = ["", " ", "  "];
    const tokens = pads.flatMap((pad) => [
      ...siblings(encode(header + pad)).map((part) => signParts(secret, part, body)),
      ...siblings(encode(claims + pad)).map((part) => signParts(secret, head, part)),
    ]);
    const spelt = [...tokens, ...siblings(tail).map((part) => `${head}.${body}.${part}`)];
    expect(spelt).toHaveLength(15 + 3 + 15 + 3 + 3);
    const odd = [
      signParts(secret, oddly(head), body),
      signParts(secret, head, oddly(body)),
      `${head}.${body}.${oddly(tail)}`,
    ];
    expect(await verdictsOnce(desk, [...spelt, ...odd])).toEqual(["401 malformed"]);
  });
});

describe("V4 a JSON serialisation", () => {
  it("is refused at the bearer entry, of JWS and of JWE", async () => {
    const jws = { protected: head, payload: body, signature: tail };
    const jwe = { protected: head, iv: "AAAA", ciphertext: body, tag: tail };
    const texts = [jws, { payload: body, signatures: [jws] }, jwe].map((json) =>
      JSON.stringify(json),
    );
    const outcomes = await present(desk, ...texts.map(bearer));
    // Their commas could stand between two credentials.
    expect(outcomes.map(({ status }) => status)).toEqual([400, 400, 400]);
    const single = JSON.stringify({ payload: good });
    expect(await verdicts(desk, [single])).toEqual(["401 malformed"]);
  });
});

describe("attack: JWE/JWS confusion", () => {
  it("claims encrypted to the verifier's public key, and a token within a token", async () => {
    const { publicKey } = rsa;
    if (publicKey === undefined) throw new Error("no key");
    const encrypted = await new CompactEncrypt(Buffer.from(claims))
      .setProtectedHeader({ alg: "RSA-OAEP-256", enc: "A256GCM", typ: "at+jwt" })
      .encrypt(publicKey);
    const inner = `${encode('{"alg":"none"}')}.${encode(claims)}.`;
    const nested = forge(rsa, { header: { cty: "JWT" }, claims: inner });
    expect(await verdictsOnce(deskFor(rsa), [encrypted, nested, inner])).toEqual(["401 malformed"]);
  });
});

const lists = (levels: number) => `"a":${"[".repeat(levels)}${"]".repeat(levels)}`;

describe("V5 header and claims are one object of UTF-8 JSON", () => {
  const shapes = ["", "null", "1", '"x"', "[]", "[{}]", "{}{}", "{", "\ufeff{}"];

  it("and nothing else", async () => {
    const texts = [
      ...shapes,
      `\ufeff${claims}`,
      `${claims}x`,
      `[${claims}]`,
      appended(claims, '"a":01'),
    ];
    const tokens = [...texts.map(withClaims), ...[...shapes, `\ufeff${header}`].map(withHeader)];
    expect(await verdictsOnce(desk, tokens)).toEqual(["401 malformed"]);
  });

  it("at most eight deep", async () => {
    const tokens = [7, 8].map((levels) => withClaims(appended(claims, lists(levels))));
    expect(await verdicts(desk, tokens)).toEqual(["200", "401 malformed"]);
  });

  it("without a member `__proto__`", async () => {
    const tokens = [
      withClaims(appended(claims, '"__proto__":{"roles":["boss"]}')),
      withClaims(appended(claims, '"a":{"\\u005f_proto__":{"x":1}}')),
      withHeader(appended(header, '"__proto__":{"kid":"a"}')),
    ];
    expect(await verdictsOnce(desk, tokens)).toEqual(["401 malformed"]);
  });

  it("whose member `constructor` is a value like any other, and reaches no prototype", async () => {
    const member = '"constructor":{"prototype":{"polluted":1},"name":"boss"}';
    const tokens = [withClaims(appended(claims, member)), withHeader(appended(header, member))];
    expect(await verdicts(desk, tokens)).toEqual(["200", "200"]);
    expect(Reflect.get({}, "polluted")).toBeUndefined();
    expect(Reflect.get(Object, "polluted")).toBeUndefined();
    // Nor is one found that no token has: `Object` has a name, and each object a constructor.
    const claim = "{ claim: [constructor, name], format: space-separated }";
    const policy = desk.policy.replace("roles: roles", `roles: ${claim}`);
    const outcomes = await present({ ...desk, policy }, bearer(good), bearer(tokens[0] ?? ""));
    expect(outcomes.map(({ principal }) => principal?.["roles"])).toEqual([[], ["boss"]]);
  });
});

const members = (count: number) =>
  Array.from({ length: count }, (_, index) => `"a${index}":0`).join(",");
const tokens = [10 ** 5, 400].map((count) => withClaims(appended(claims, members(count))));

const nested = (open: string, close: string, levels: number) =>
  appended(claims, `"a":${open.repeat(levels)}1${close.repeat(levels)}`);

describe("attack: deep JSON", () => {
  it("10^6 levels, and as many as fit into 8 KiB", async () => {
    const texts = [10 ** 6, 2800].flatMap((levels) => [
      nested("[", "]", levels),
      nested('{"a":', "}", Math.floor(levels / 3)),
    ]);
    const tokens = [...texts.map(withClaims), withHeader(nested("[", "]", 2800))];
    expect(await verdictsOnce(desk, tokens)).toEqual(["401 malformed"]);
  });

  it("10^5 members with one prefix", async () => {
    expect(await verdicts(desk, tokens)).toEqual(["401 malformed", "200"]);
  });
});

describe("attack: duplicate keys", () => {
  it.each<readonly [string, string]>([
    ["alg none first", withHeader('{"alg":"none","alg":"HS256","typ":"at+jwt"}')],
    ["alg none last", withHeader('{"alg":"HS256","alg":"none","typ":"at+jwt"}')],
    ["two sub, the good one last", withClaims(prepended(claims, '"sub":"u2"'))],
    ["two sub, the good one first", withClaims(appended(claims, '"sub":"u2"'))],
    ["two exp", withClaims(appended(claims, '"exp":9999999999'))],
    ["sub with an escape", withClaims(appended(claims, '"s\\u0075b":"u2"'))],
    ["within a member", withClaims(appended(claims, '"a":[{"b":1,"b":1}]'))],
  ])("%s", async (_, token) => {
    expect(await verdicts(desk, [token])).toEqual(["401 malformed"]);
  });
});

describe("attack: encoding", () => {
  const within = (bytes: readonly number[]) => {
    const [start = "", end = ""] = appended(claims, '"a":"|"').split("|");
    return Buffer.concat([Buffer.from(start), Buffer.from(bytes), Buffer.from(end)]);
  };

  it.each<readonly [string, string]>([
    ["the last character changed", `${good.slice(0, -1)}${good.endsWith("A") ? "B" : "A"}`],
    ["= behind", `${good}=`],
    ["== behind", `${good}==`],
    ["a byte order mark", withClaims(`\ufeff${claims}`)],
    ["UTF-16", withClaims(Buffer.from(claims, "utf16le"))],
    ["overlong UTF-8", withClaims(within([0xc0, 0xaf]))],
    ["a surrogate in UTF-8", withClaims(within([0xed, 0xa0, 0x80]))],
    ["half a surrogate pair", withClaims(appended(claims, '"a":"\\ud83d"'))],
  ])("%s", async (_, token) => {
    expect(["401 malformed", "401 signature"]).toContain((await verdicts(desk, [token]))[0]);
  });
});
