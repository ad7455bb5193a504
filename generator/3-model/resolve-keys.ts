import type { PolicyEntry } from "../1-load/policy-document.js";
import type { Report } from "./mistake.js";
import type { Algorithm, KeySource } from "./policy-model.js";
import { quoteText } from "./quote-text.js";
import { entriesOf, textOf, valueAt } from "./read-node.js";

/** Where an issuer's keys are found: by name, never the key itself. Undefined after a reported mistake. */
export function resolveKeys(
  token: PolicyEntry,
  algorithms: readonly Algorithm[],
  report: Report,
): KeySource | undefined {
  const node = valueAt(token.value, "keys");
  const sources = entriesOf(node).filter((entry) => readers.has(entry.key));
  const [source] = sources;
  const read = readers.get(source?.key ?? "");
  if (source === undefined || read === undefined || sources.length > 1) {
    report({
      code: "bad-keys",
      message:
        sources.length > 1
          ? `${quoteText(token.key)} names more than one source of keys`
          : `${quoteText(token.key)} names no source of keys`,
      at: node?.at ?? token.keyAt,
      help: "write one of `file`, `url` or `environment`",
    });
    return undefined;
  }
  if (algorithms.includes("HS256") && source.key !== "environment") {
    report({
      code: "shared-secret-source",
      message: `the shared secret of HS256 cannot come from \`${source.key}\``,
      at: source.keyAt,
      help: "name an environment variable, or sign with a private key",
    });
  }
  const reading = read(textOf(source.value) ?? "");
  if (reading.ok) return reading.keys;
  report({ ...reading, at: source.value.at });
  return undefined;
}

type Reading =
  | { readonly ok: true; readonly keys: KeySource }
  | { readonly ok: false; readonly code: string; readonly message: string; readonly help: string };

const readers: ReadonlyMap<string, (text: string) => Reading> = new Map([
  ["file", readFile],
  ["url", readUrl],
  ["environment", readEnvironment],
]);

/** Capitals only: a secret in base64 or hex that is pasted here is not taken for a name. */
const VARIABLE = /^[A-Z][A-Z0-9_]{0,99}$/;
const UNBROKEN = /[A-Z0-9]{33}/;

function readEnvironment(variable: string): Reading {
  if (VARIABLE.test(variable) && !UNBROKEN.test(variable)) {
    return { ok: true, keys: { kind: "environment", place: variable } };
  }
  return literalSecret("the name of an environment variable");
}

function readFile(path: string): Reading {
  if (/-----BEGIN|[\r\n]|^\s*\{/.test(path)) return literalSecret("the path of a file");
  if (path.trim() !== "" && path.length <= 1024 && !path.includes("\0")) {
    return { ok: true, keys: { kind: "file", place: path } };
  }
  return {
    ok: false,
    code: "bad-key-file",
    message: "this is not the path of a file",
    help: "name the JWKS or PEM file, relative to where the service starts",
  };
}

function readUrl(text: string): Reading {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && (url.username !== "" || url.password !== "")) {
    return literalSecret("an address without credentials");
  }
  const isLocal = url !== undefined && ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname);
  if (url?.protocol === "https:" || (url?.protocol === "http:" && isLocal)) {
    return { ok: true, keys: { kind: "url", place: text } };
  }
  return {
    ok: false,
    code: "bad-key-url",
    message: "keys cannot be fetched from this address",
    help: "write an `https://` address; `http://` is for localhost alone",
  };
}

/** The value is a secret perhaps: no message repeats it. */
function literalSecret(expected: string): Reading {
  return {
    ok: false,
    code: "literal-secret",
    message: `this should be ${expected}, and may be a secret`,
    help: "take it out of the policy, change it if it was one, and name an environment variable in capitals",
  };
}
