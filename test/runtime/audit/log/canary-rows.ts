/** Unlike anything else: digits enough for the digits alone to be a secret. */
export const SECRET = "Zq7-9083517264-Kx2w8Vt5";
/** The same with what JSON and addresses spell in another way. */
export const SPELT = `${SECRET}" /é`;
/** A card, by the sum of Luhn, of which the last four may be shown. */
const CARD = "4539148803436467";

/** A class of leaks (section 3a of the requirements of audit), and which cases cover it. */
export interface LeakRow {
  readonly row: string;
  /** What each field of an event is given, an undeclared one, and the event itself; made anew each time. */
  readonly values?: () => readonly unknown[];
  /** Free text of which `detect` knows the secret part. */
  readonly texts?: readonly string[];
  /** Targets, heads and bodies of requests. */
  readonly paths?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly raw?: readonly string[];
  readonly bodies?: readonly string[];
  /** Further forms in which its secret would leak. */
  readonly forms?: readonly string[];
  /** Tests that prove what cannot be searched for: a file of the tests, and a name in it. */
  readonly proofs?: readonly (readonly [file: string, name: string])[];
}

const leaks = "runtime/audit/event-writer-leaks.test.ts";
const classes = "runtime/masks/leak-classes.test.ts";
const hmac = "runtime/masks/hmac.test.ts";
const everyMask = "runtime/masks/every-mask.test.ts";
const egress = "runtime/responses/egress.test.ts";
const ends = "runtime/responses/caches-and-ends.test.ts";

/** JSON with the secret at each place that base64 may have it, of three. */
const aligned = ["p", "pw", "pwd"].map((name) => JSON.stringify({ [name]: SECRET, a: [SPELT] }));
const encoded = aligned.flatMap((json) =>
  (["base64", "base64url"] as const).map((form) => Buffer.from(json).toString(form)),
);
const embedded = JSON.stringify({ password: SECRET });
const jwt = `eyJhbGciOiJub25lIn0.${Buffer.from(embedded).toString("base64url")}.${SECRET}`;

const grouped = (text: string, sign: string) => text.match(/.{4}/g)?.join(sign) ?? "";
const digitsFrom = (zero: number) =>
  CARD.replaceAll(/\d/g, (digit) => String.fromCodePoint(zero + Number(digit)));
const separators = [" ", "-", "\u00a0", "\u2010", "\u200b"];
const separated = separators.map((sign) => grouped(CARD, sign));
const foreign = [0xff10, 0x660, 0x966, 0x1d7ce].map(digitsFrom);

export const leakRows: readonly LeakRow[] = [
  { row: "Deeper than wildcard", values: () => [{ a: { b: { password: SECRET } } }] },
  { row: "Shallower than wildcard", values: () => [{ password: SECRET }] },
  { row: "Array where object expected", values: () => [{ user: [{ password: SECRET }] }] },
  {
    row: "Array in array; root array",
    values: () => [[[{ password: SECRET }]], [[SECRET]], { users: [[{ password: SECRET }]] }],
  },
  {
    row: "Scalar/object swap",
    values: () => [SECRET, SPELT, ` ${SECRET} `, { v: SECRET }, [SECRET], Object(SECRET)],
    proofs: [[leaks, "Scalar/object swap"]],
  },
  {
    row: "Key case / style",
    values: () => ["Null-Out", "NULL-OUT", "null_out", "nullOut"].map((key) => ({ [key]: SECRET })),
    texts: ["Password", "PASSWORD", "pass_word", "pass-word"].map((key) => `${key}=${SECRET}`),
  },
  {
    row: "Unicode key",
    values: () =>
      ["ｎull-out", "null\u200b-out", "nu\u0308ll-out"].map((key) => ({ [key]: SECRET })),
    texts: [`Ｐａｓｓ\u200bｗｏｒｄ：${SECRET}`, `密码：${SECRET}`],
  },
  { row: "Dotted key", values: () => [{ "leak.null-out": SECRET, "user.password": SECRET }] },
  {
    row: "Prototype keys",
    values: () => [
      JSON.parse(`{"__proto__":{"name":"${SECRET}","password":"${SECRET}"}}`),
      { constructor: { secret: SECRET, name: SECRET }, prototype: SECRET },
    ],
    proofs: [[leaks, "Prototype keys"]],
  },
  {
    row: "Getter",
    values: () => [turning("x", SECRET), turning(undefined, SECRET), turning(1, SECRET)],
    proofs: [[leaks, "Getter: what is checked is what is written"]],
  },
  {
    row: "toJSON / class instance",
    values: () => [{ toJSON: () => ({ password: SECRET }) }, instance()],
    proofs: [[leaks, "toJSON / class instance"]],
  },
  {
    row: "Frozen, sealed, Proxy",
    values: () => [
      Object.freeze({ password: SECRET }),
      Object.seal({ name: [SECRET] }),
      new Proxy({ password: SECRET }, {}),
      new Proxy([SECRET], {}),
    ],
    proofs: [[leaks, "Proxy"]],
  },
  {
    row: "Circular / shared reference",
    values: () => {
      const circular: Record<string, unknown> = { secret: SECRET };
      circular["self"] = circular;
      const shared = { password: SECRET };
      return [circular, { one: shared, other: shared }, [shared, shared]];
    },
    proofs: [[leaks, "Circular / shared reference"]],
  },
  {
    row: "Map, Set, iterators",
    values: () => [new Map([["password", SECRET]]), new Set([SECRET]), [SECRET].values()],
  },
  { row: "BigInt", values: () => [79083517264285n, [79083517264285n], 4539148803436467n] },
  {
    row: "Date, URL, URLSearchParams, Headers",
    values: () => [
      new Date(Number.NaN),
      Object.assign(new Date(0), { toISOString: () => SECRET, toJSON: () => SECRET }),
      new URL(`https://u:${SECRET}@a.example/?t=${SECRET}`),
      new URLSearchParams({ t: SECRET }),
      new Headers({ authorization: SECRET }),
    ],
  },
  {
    row: "Buffer, typed array, stream, Blob",
    values: () => [
      Buffer.from(SECRET),
      new Uint8Array(Buffer.from(SECRET)),
      new Uint16Array(Buffer.from(`${SECRET} `)),
      new Blob([SECRET]).stream(),
      new Blob([SECRET]),
      [...Buffer.from(SECRET)],
    ],
  },
  {
    row: "Error, cause, AggregateError, stack",
    values: () => [
      new Error(SECRET, { cause: new Error(SECRET) }),
      new AggregateError([new Error(SECRET)], SECRET),
      new Error(SECRET).stack,
    ],
  },
  {
    row: "Symbol keys, non-enumerable, inherited getter",
    values: () => [
      Symbol(SECRET),
      { [Symbol(SECRET)]: SECRET },
      Object.defineProperty({}, "hidden", { value: SECRET }),
      Object.create({
        get password() {
          return SECRET;
        },
      }),
    ],
    proofs: [[leaks, "Symbol keys, non-enumerable"]],
  },
  {
    row: "Secret as key",
    values: () => [{ [SECRET]: "x" }, { cards: { [SECRET]: "x" } }],
    proofs: [[leaks, "Secret as key"]],
  },
  {
    row: "Embedded JSON",
    values: () => [embedded, JSON.stringify(embedded)],
    texts: [embedded, JSON.stringify(embedded), JSON.stringify({ body: embedded })],
  },
  {
    row: "Other encodings in strings",
    values: () => [...encoded, jwt, `password=${SECRET}`, encodeURIComponent(SPELT)],
    texts: [
      ...encoded,
      ...encoded.map((text) => `at ${text}, and on`),
      jwt,
      `a=1&password=${encodeURIComponent(SPELT)}&b=2`,
      `Content-Disposition: form-data; token="${SECRET}"`,
      `Basic ${Buffer.from(`u:${SECRET}`).toString("base64")}`,
    ],
  },
  {
    row: "URL query, fragment, userinfo, path param",
    values: () => [`/x?token=${SECRET}`, `https://u:${SECRET}@a.example/#${SECRET}`],
    texts: [
      `GET /x?token=${SECRET} HTTP/1.1`,
      `https://u:${SECRET}@a.example/x#${SECRET}`,
      `/cb?code=${encodeURIComponent(SPELT)}`,
    ],
    paths: [
      `/orders/${SECRET}`,
      `/orders/${encodeURIComponent(SPELT)}`,
      `/orders/7?token=${encodeURIComponent(SPELT)}#${SECRET}`,
      `/orders/%2541${SECRET}`,
      `/${SECRET}/x`,
      `/orders/7/${SECRET}`,
    ],
    raw: [
      `GET http://u:${SECRET}@a.example/orders/7?t=${SECRET} HTTP/1.1\r\nHost: a.example`,
      `GET /orders/7#${SECRET} HTTP/1.1\r\nHost: a.example`,
      `GET //${SECRET}/../orders/%zz${SECRET} HTTP/1.1\r\nHost: a.example`,
      `${SECRET} /orders/7 HTTP/1.1\r\nHost: a.example`,
    ],
  },
  {
    row: "Headers",
    values: () => [{ Authorization: SECRET, "set-cookie": [SECRET] }, ["X-Api-Key", SECRET]],
    texts: [
      `Cookie: a=1; b=${SECRET}`,
      `Authorization: Bearer ${SECRET}`,
      `-H 'X-Api-Key: ${SECRET}'`,
    ],
    headers: {
      cookie: `session=${SECRET}; ${SECRET}=1`,
      "proxy-authorization": `Basic ${Buffer.from(`u:${SECRET}`).toString("base64")}`,
      "user-agent": SECRET,
      "x-api-key": SECRET,
      [`x-${SECRET}`]: "1",
      referer: `https://a.example/?q=${SECRET}`,
      "x-forwarded-for": SECRET,
      forwarded: `for=${SECRET}`,
    },
    raw: [
      `GET /orders/7 HTTP/1.1\r\nHost: ${SECRET}\r\nAUTHORIZATION: Bearer ${SECRET}\r\nAuthorization: ${SECRET}`,
      `GET /orders/7 HTTP/1.1\r\nHost: a.example\r\nset-cookie: ${SECRET}\r\nset-cookie: b=${SECRET}`,
      `GET /orders/7 HTTP/1.1\r\nHost: a.example\r\n${SECRET} : broken`,
    ],
  },
  {
    row: "GraphQL variables, SQL text, command line",
    values: () => [`SELECT * FROM users WHERE password = '${SECRET}'`, ["--token", SECRET]],
    texts: [
      `{"query":"mutation","variables":{"password":"${SECRET}"}}`,
      `UPDATE users SET password = '${SECRET}' WHERE id = 1`,
      `login --token=${SECRET} --verbose`,
    ],
    bodies: [JSON.stringify({ query: "mutation", variables: { password: SECRET } }), SECRET],
  },
  {
    row: "Number for card",
    values: () => [79083517264285, Number(CARD), 4.539148803436467e15, Number(`${CARD}123`)],
    forms: [CARD, CARD.slice(0, 12)],
    proofs: [[classes, "Number for card"]],
  },
  {
    row: "Unicode digits",
    values: () => [...foreign, ...foreign.map((card) => [card])],
    texts: foreign.map((card) => `paid by ${card} today`),
    forms: foreign.map((card) => [...card].slice(0, 12).join("")),
    proofs: [[classes, "Unicode digits"]],
  },
  {
    row: "Separators",
    values: () => separated,
    texts: separated.map((card) => `paid by ${card} today`),
    forms: separators.map((sign) => grouped(CARD.slice(0, 12), sign)),
    proofs: [[classes, "Separators"]],
  },
  {
    row: "Non-BMP, combining, lone surrogate",
    values: () => [`👩🏽‍🚀${SECRET}`, `e\u0301${SECRET}\ud83d`, `\udc00${SECRET}`],
    texts: [`password=\ud83d${SECRET}👩🏽‍🚀`],
    proofs: [[classes, "Non-BMP, combining, lone surrogate"]],
  },
  { row: "Short values", proofs: [[classes, "Short values"]] },
  { row: "Length", proofs: [[classes, "Length"]] },
  {
    row: "Equal hashes across tenants / fields",
    proofs: [[hmac, "Equal hashes across tenants / fields"]],
  },
  { row: "Low-entropy values", proofs: [[hmac, "Low-entropy values"]] },
  {
    row: "Marker forging",
    values: () => [
      `h1:k1:${SECRET}`,
      `[MASKED]${SECRET}`,
      `{"$mask":"${SECRET}"}`,
      { $mask: SECRET },
    ],
    texts: [`h1:k1:${SECRET}`, `password=[masked:card]${SECRET}`],
    proofs: [[classes, "Marker forging"]],
  },
  { row: "Idempotence", proofs: [[everyMask, "Idempotence: what is masked again"]] },
  {
    row: "Mask function throws / regex stalls",
    values: () => ["a".repeat(1000) + SECRET, `${SECRET}${"a".repeat(1_048_576)}`],
    texts: [`${SECRET}${"a".repeat(20_000)}`],
    proofs: [[classes, "Mask function throws / regex stalls"]],
  },
  { row: "Undeclared field", values: () => [{ undeclared: SECRET }] },
  {
    row: "Side channels",
    values: () => [`${SECRET}@a.example`],
    headers: {
      traceparent: `00-${SECRET}-${"b".repeat(16)}-01`,
      tracestate: `vendor=${SECRET}`,
      baggage: `key=${SECRET}`,
      "x-request-id": SECRET,
      "idempotency-key": SECRET,
    },
  },
  {
    row: "Egress forms",
    proofs: [
      [egress, "egress forms"],
      [ends, "an abort midway sends nothing"],
    ],
  },
];

/** Says one thing when it is read first, and another from then on. */
function turning(first: unknown, then: unknown): object {
  let reads = 0;
  const get = () => (reads++ === 0 ? first : then);
  return Object.defineProperties(
    {},
    Object.fromEntries(
      ["name", "email", "count", "password"].map((key) => [key, { enumerable: true, get }]),
    ),
  );
}

/** As an object of a class of the application. */
function instance(): object {
  const methods = {
    get name() {
      return SECRET;
    },
    toString: () => SECRET,
  };
  return Object.assign(Object.create(methods), { password: SECRET });
}
