import { connect } from "node:net";
import { describe, expect, it } from "vitest";
import { mounted } from "../../agreement/listeners.js";
import type { RawRequest } from "../../agreement/raw-client.js";
import { serveGate, serveOnce } from "../../agreement/serve-gate.js";
import { attachLoosely, snapshotWith, tokens } from "../../gate/gate-policy.js";
import { bearer, present } from "../../runtime/authenticate/token-desk.js";
import { createSigner, forge } from "../../runtime/authenticate/token-forge.js";
import { deskFor, secret } from "./verdicts.js";

// The statements H1 to H5, and the attacks on how a token comes in.

const desk = deskFor(secret);
const good = forge(secret);
const other = forge(secret, { claims: { sub: "u2" } });
const bad = forge(createSigner("HS256"));

type Headers = Readonly<Record<string, string>>;

const asking = (headers: Headers, target = "/me"): RawRequest => ({
  method: "GET",
  target,
  headers,
});

/** What a client is told of each: the status, and the challenge where there is one. */
async function answers(requests: readonly (string | RawRequest)[]): Promise<readonly string[]> {
  const outcomes = await present(desk, ...requests);
  return outcomes.map(({ status, response }) => {
    const challenge = response.headers.get("www-authenticate") ?? "";
    return `${status} ${challenge.replace('Bearer realm="gatewright"', "Bearer")}`.trim();
  });
}

const MISSING = "401 Bearer";
const INVALID = '401 Bearer, error="invalid_token"';
const MALFORMED = '400 Bearer, error="invalid_request"';

describe("H1 no credentials", () => {
  it("is 401 with a challenge without an error, and 403 is for callers that are known", async () => {
    const told = await answers([
      asking({}),
      asking({}, "/nowhere"),
      { method: "DELETE", target: "/orders" },
      { method: "DELETE", target: "/orders", headers: { Authorization: bearer(good) } },
    ]);
    expect(told).toEqual([MISSING, MISSING, MISSING, "403"]);
  });
});

/** Lines of one header, each under its own spelling of the name. */
function lines(...values: readonly string[]): RawRequest {
  const names = ["Authorization", "authorization", "AUTHORIZATION"];
  return asking(Object.fromEntries(values.map((value, index) => [names[index] ?? "", value])));
}

const smuggled: readonly (readonly [string, string | RawRequest])[] = [
  ["good and bad", lines(bearer(good), bearer(bad))],
  ["bad and good", lines(bearer(bad), bearer(good))],
  ["Basic and Bearer", lines("Basic dTpw", bearer(good))],
  ["Bearer and Basic", lines(bearer(good), "Basic dTpw")],
  ["joined by a comma", `${bearer(good)}, ${bearer(other)}`],
  ["joined by a comma without a space", `${bearer(good)},${bearer(other)}`],
  ["header and query", asking({ Authorization: bearer(good) }, `/me?access_token=${other}`)],
  [
    "header, cookie and query",
    asking(
      { Authorization: bearer(good), Cookie: `access_token=${bad}` },
      `/me?access_token=${other}`,
    ),
  ],
];

describe("H2 more than one credential, and attack: header smuggling", () => {
  it.each(smuggled)("%s", async (_, request) => {
    expect(await answers([request])).toEqual([MALFORMED]);
  });

  it("a cookie beside the header is not read, so it is no second credential", async () => {
    const outcomes = await present(
      desk,
      asking({ Authorization: bearer(good), Cookie: `access_token=${other}` }),
      asking({ Cookie: `access_token=${good}` }),
    );
    expect(outcomes.map(({ principal }) => principal?.["id"])).toEqual(["u1", undefined]);
  });
});

const plain = snapshotWith("routes: { /me: { GET: authenticated } }");

/** The statuses that come back for bytes until the server closes the connection, and those of the records. */
async function talk(bytes: string) {
  const served = await serveGate(plain, tokens.environment, (gate) => mounted(gate, plain), {
    prepare: (server, gate) => attachLoosely(gate, server, {}),
  });
  const socket = connect(served.port, "127.0.0.1");
  let received = "";
  socket.on("data", (chunk) => (received += chunk.toString("latin1")));
  const closed = new Promise((resolve) => socket.on("close", resolve));
  socket.end(bytes, "latin1");
  await closed;
  const records = [...(await served.stop()).values()];
  const statuses = [...received.matchAll(/^HTTP\/1\.1 ([0-9]{3})/gm)].map(([, code]) =>
    Number(code),
  );
  return { statuses, recorded: records.map(({ status }) => status) };
}

describe("attack: header smuggling in the bytes of a message", () => {
  it.each<readonly [string, (token: string) => string, number]>([
    ["obs-fold", (token) => `Authorization: Bearer\r\n ${token}`, 400],
    ["a space before the colon", (token) => `Authorization : Bearer ${token}`, 400],
    ["a tab behind the scheme", (token) => `Authorization: Bearer\t${token}`, 401],
    ["a no-break space behind the scheme", (token) => `Authorization: Bearer\u00a0${token}`, 401],
  ])("%s", async (_, line, status) => {
    const { Authorization = "" } = await tokens.authorize(["clerk"]);
    const head = `GET /me HTTP/1.1\r\nHost: x\r\nConnection: close\r\n`;
    const token = Authorization.replace("Bearer ", "");
    expect(await talk(`${head}Authorization: Bearer ${token}\r\n\r\n`)).toMatchObject({
      statuses: [200],
    });
    const { statuses, recorded } = await talk(`${head}${line(token)}\r\n\r\n`);
    expect(statuses).toEqual([status]);
    expect(recorded).toEqual([status]);
  });
});

describe("H3 the scheme, and attack: case", () => {
  it("is Bearer in any letter case, with one or more spaces", async () => {
    const values = ["bearer", "BEARER", "bEaReR"].map((scheme) => `${scheme} ${good}`);
    expect(new Set(await answers([...values, `Bearer   ${good}`]))).toEqual(new Set(["200"]));
  });

  it("and no other, which is no credentials at all", async () => {
    const values = [
      `bearer${good}`,
      "bearertoken",
      `Bearer\t${good}`,
      `Bearer=${good}`,
      good,
      "Basic dTpw",
      `DPoP ${good}`,
      `Basic dTpw, Bearer ${good}`,
    ];
    expect(new Set(await answers(values))).toEqual(new Set([MISSING]));
  });

  it("with nothing behind the token", async () => {
    const values = [" x", " ; x", "\tx", ' realm="x"'].map((rest) => `Bearer ${good}${rest}`);
    expect(new Set(await answers([...values, "Bearer", "Bearer x"]))).toEqual(new Set([INVALID]));
  });
});

const pages = snapshotWith(`
cors: { web: { origins: [https://desk.example], headers: [Authorization], default: true } }
routes:
  /orders: { GET: orders.read, POST: orders.write }
`);

describe("H3a and attack: method", () => {
  it("no method runs a guarded handler without a principal; CORS answers a preflight", async () => {
    const preflight = {
      Origin: "https://desk.example",
      "Access-Control-Request-Method": "GET",
      "Access-Control-Request-Headers": "authorization",
    };
    const requests: readonly RawRequest[] = [
      { method: "OPTIONS", target: "/orders", headers: preflight },
      {
        method: "OPTIONS",
        target: "/orders",
        headers: { ...preflight, Origin: "https://evil.example" },
      },
      {
        method: "OPTIONS",
        target: "/orders",
        headers: { "Access-Control-Request-Headers": "authorization" },
      },
      { method: "HEAD", target: "/orders" },
      { method: "POST", target: "/orders", headers: { "X-HTTP-Method-Override": "GET" } },
      { method: "POST", target: "/orders?_method=GET" },
    ];
    const served = serveGate(pages, tokens.environment, (gate) => mounted(gate, pages));
    const { responses, records } = await serveOnce(served, requests);
    expect(responses.map(({ status }) => status)).toEqual([204, 403, 401, 401, 401, 401]);
    expect(responses.filter(({ headers }) => headers.has("x-seen"))).toEqual([]);
    expect(records.size).toBe(requests.length);
  });
});

describe("H4 and attack: query/body token", () => {
  it("`?access_token=` is never read, nor another header", async () => {
    const told = await answers([
      asking({}, `/me?access_token=${good}`),
      asking({}, `/me?a=b&access_token=${good}`),
      asking({ "X-Authorization": bearer(good) }),
      asking({ "Proxy-Authorization": bearer(good) }),
    ]);
    expect(new Set(told)).toEqual(new Set([MISSING]));
  });

  it("a form in the body is never read, whatever the header beside it is", async () => {
    const { Authorization = "" } = await tokens.authorize(["clerk"]);
    const form = `access_token=${Authorization.replace("Bearer ", "")}`;
    const sent = (method: string, header: string) =>
      [
        `${method} /me HTTP/1.1`,
        "Host: x",
        "Connection: close",
        ...(header === "" ? [] : [`Authorization: ${header}`]),
        "Content-Type: application/x-www-form-urlencoded",
        `Content-Length: ${form.length}`,
        "",
        form,
      ].join("\r\n");
    for (const method of ["GET", "POST"]) {
      for (const header of ["", bearer(bad)]) {
        expect(await talk(sent(method, header))).toMatchObject({ statuses: [401] });
      }
    }
    expect(await talk(sent("GET", Authorization))).toMatchObject({ statuses: [200] });
  });
});

describe("H5 what is wrong, in the words of RFC 6750", () => {
  it("a bad token is 401 invalid_token", async () => {
    expect(await answers([bearer(bad)])).toEqual([INVALID]);
  });

  it("a missing scope is 403 insufficient_scope, with what is needed", async () => {
    const scoped = snapshotWith(`
routes: { /orders: { GET: { permissions: orders.read, scopes: [orders, "orders:read"] } } }
`);
    const headers = await tokens.authorize(["clerk"], { scope: "orders" });
    const served = serveGate(scoped, tokens.environment, (gate) => mounted(gate, scoped));
    const { responses } = await serveOnce(served, [{ method: "GET", target: "/orders", headers }]);
    expect(responses[0]?.status).toBe(403);
    expect(responses[0]?.headers.get("www-authenticate")).toBe(
      'Bearer realm="gatewright", error="insufficient_scope", scope="orders orders:read"',
    );
  });
});
