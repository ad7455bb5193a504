import type { Draft, Mutation } from "./draft.js";

/** Everything that may be done to a request beside its path. */
export const requestMutations: readonly Mutation[] = [
  {
    name: "query",
    apply: (draft, random) => ({
      ...draft,
      query: random.pick([
        "?",
        "??",
        "?x=1",
        "?/../a",
        "?x=/b",
        "?a?b",
        "?%2e%2e/",
        "?#",
        "?x#y",
        "#a",
        "#?x",
        "?access_token=x",
        "?_method=DELETE",
        "?;a",
        "?http://h/b",
        "?%",
        "?\\",
      ]),
    }),
  },
  {
    name: "absolute form",
    apply: (draft, random) => ({
      ...draft,
      before: random.pick([
        "http://localhost",
        "HTTP://LOCALHOST",
        "https://other:8",
        "http://u:p@h",
        "http://h?x",
        "http://h#",
        "ws://h",
        "http:/",
        "http://",
        "file://",
        "http://[::1]:80",
        "http://xn--a",
        "http://[",
        "a://b",
      ]),
      path: random.chance(0.15) ? "" : draft.path,
      mayClose: true,
    }),
  },
  {
    name: "other forms",
    apply: (draft, random) => ({
      ...draft,
      path: random.pick([
        "*",
        "*/",
        "localhost:80",
        draft.path.slice(1),
        "?",
        "#",
        "",
        "..",
        "*?x",
      ]),
      mayClose: true,
    }),
  },
  {
    name: "raw octets",
    apply: (draft, random) => ({
      ...draft,
      path:
        draft.path +
        random.pick([
          "\u00e9",
          "\u00c3\u00a9",
          "\t",
          "\u0001",
          "\u0000",
          " ",
          " x",
          "\u007f",
          "|",
          "^",
          '"',
          "<>",
          "`",
          "{}",
          "\u00ff",
        ]),
      mayClose: true,
    }),
  },
  { name: "credentials", apply: (draft, random) => random.pick(credentialTricks)(draft) },
  {
    name: "method override",
    apply: (draft, random) => {
      const name = random.pick(["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"]);
      const method = random.pick(["GET", "POST", "DELETE", "PUT", "HEAD", "delete"]);
      return withHeaders(draft, `${name}: ${method}`);
    },
  },
  {
    name: "rewrite headers",
    apply: (draft, random) =>
      withHeaders(
        draft,
        random.pick([
          "X-Original-URL: /",
          "X-Original-URL: /a",
          "X-Rewrite-URL: /a/b",
          "X-Forwarded-Prefix: /a",
          "X-Forwarded-Uri: /b",
          "X-Forwarded-Path: /",
          "Forwarded: for=1.2.3.4;host=h;proto=https",
          "X-Forwarded-For: 10.0.0.1, 1.2.3.4",
          "X-Forwarded-Host: h\r\nX-Forwarded-Proto: https",
          "X-Original-Method: GET",
          "X-Forwarded-Method: DELETE",
          "X-Real-IP: 127.0.0.1",
          "X-Accel-Redirect: /a",
        ]),
      ),
  },
  {
    name: "host",
    apply: (draft, random) => {
      const rest = draft.headers.filter((line) => !line.startsWith("Host:"));
      const hosts = random.pick([
        [],
        ["Host:"],
        ["Host: a", "Host: b"],
        ["Host: a/b"],
        ["Host: localhost:0"],
        ["host: x y"],
        ["Host: \u00e9"],
        ["Host: http://h/a"],
        ["Host: ../a"],
        ["Host: a", "X-Forwarded-Host: b"],
      ]);
      return { ...draft, headers: [...rest, ...hosts], mayClose: true };
    },
  },
  {
    name: "method",
    apply: (draft, random) => ({
      ...draft,
      method: random.pick([
        draft.method.toLowerCase(),
        "Get",
        "FOO",
        "PURGE",
        "TRACE",
        "PROPFIND",
        "LOCK",
        "PATCH",
        "PUT",
        "PRI",
        "SEARCH",
        "M-SEARCH",
        "QUERY",
        "GETT",
        "",
      ]),
      mayClose: true,
    }),
  },
  { name: "head", apply: (draft) => ({ ...draft, method: "HEAD" }) },
  {
    name: "options",
    apply: (draft, random) => {
      const asked = { ...draft, method: "OPTIONS" };
      if (random.chance(0.5)) return asked;
      return withHeaders(
        asked,
        "Origin: https://elsewhere.example",
        `Access-Control-Request-Method: ${draft.method}`,
      );
    },
  },
  { name: "framing", apply: (draft, random) => random.pick(framings)(draft) },
];

type Change = (draft: Draft) => Draft;

const credentialTricks: readonly Change[] = [
  (draft) =>
    nobody(
      withCredentials(draft, (value) => [`Authorization: ${value}`, `Authorization: ${value}`]),
    ),
  (draft) =>
    nobody(
      withCredentials(draft, (value) => [`Authorization: ${value}`, "Authorization: Bearer x"]),
    ),
  (draft) =>
    nobody(
      withCredentials(draft, (value) => ["Authorization: Basic YTpi", `authorization: ${value}`]),
    ),
  (draft) => nobody(withCredentials(draft, (value) => [`Authorization: ${value}, ${value}`])),
  (draft) => nobody(withCredentials(draft, (value) => [`Proxy-Authorization: ${value}`])),
  (draft) => nobody(withCredentials(draft, (value) => [`Cookie: access_token=${value.slice(7)}`])),
  (draft) => nobody(withCredentials(draft, (value) => [`Authorization: Basic ${value.slice(7)}`])),
  (draft) => nobody(withCredentials(draft, (value) => [`Authorization: ${value.slice(7)}`])),
  (draft) => nobody(withCredentials(draft, (value) => [`Authorization: ${value.slice(0, -3)}`])),
  (draft) => ({
    ...nobody(withCredentials(draft, (value) => ["Authorization: Bearer", ` ${value.slice(7)}`])),
    mayClose: true,
  }),
  (draft) => ({
    ...nobody(withCredentials(draft, (value) => [`Authorization : ${value}`])),
    mayClose: true,
  }),
  (draft) =>
    withCredentials(draft, (value) => [`AUTHORIZATION:${value.replace("Bearer", "bEaReR")}`]),
  (draft) => withCredentials(draft, (value) => [`authorization:   ${value.replace(" ", "   ")}  `]),
];

const framings: readonly Change[] = [
  (draft) => ({ ...withHeaders(draft, "Content-Length: 5"), body: "hello" }),
  (draft) => ({
    ...withHeaders(draft, "Transfer-Encoding: chunked"),
    body: "3\r\nabc\r\n0\r\n\r\n",
  }),
  (draft) =>
    closing({
      ...withHeaders(draft, "Content-Length: 3", "Transfer-Encoding: chunked"),
      body: "0\r\n\r\n",
    }),
  (draft) => closing({ ...withHeaders(draft, "Content-Length: 0", "Content-Length: 0"), body: "" }),
  (draft) =>
    closing({ ...withHeaders(draft, "Expect: 100-continue", "Content-Length: 5"), body: "hello" }),
  (draft) => closing(withHeaders(draft, "Expect: something-else")),
  (draft) => closing(withHeaders(draft, "Connection: close")),
  (draft) => closing(withHeaders(draft, "Connection: Upgrade", "Upgrade: websocket")),
  (draft) => closing({ ...draft, version: "HTTP/1.0" }),
  (draft) => closing({ ...draft, version: "HTTP/1.2" }),
  (draft) => withHeaders(draft, `X-Padding: ${"p".repeat(4000)}`),
  (draft) => closing(withHeaders(draft, `X-Padding: ${"p".repeat(20_000)}`)),
  (draft) => closing(withHeaders(draft, "No colon at all")),
];

function closing(draft: Draft): Draft {
  return { ...draft, mayClose: true };
}

function withHeaders(draft: Draft, ...lines: readonly string[]): Draft {
  return { ...draft, headers: [...draft.headers, ...lines] };
}

function withCredentials(draft: Draft, linesFor: (value: string) => readonly string[]): Draft {
  const { authorization } = draft.caller;
  if (authorization === null) return draft;
  const rest = draft.headers.filter((line) => !line.startsWith("Authorization:"));
  return { ...draft, headers: [...rest, ...linesFor(authorization)] };
}

/** Whoever sent it, the server has to take it for nobody. */
function nobody(draft: Draft): Draft {
  return { ...draft, caller: { ...draft.caller, roles: null } };
}
