import type { KeyPlace } from "./policy-model.js";

/** A place of keys, or why a text is none. */
export type PlaceReading =
  | { readonly ok: true; readonly keys: KeyPlace }
  | { readonly ok: false; readonly code: string; readonly message: string; readonly help: string };

/** Capitals only: a secret in base64 or hex that is pasted here is not taken for a name. */
const VARIABLE = /^[A-Z][A-Z0-9_]{0,99}$/;
const UNBROKEN = /[A-Z0-9]{33}/;

export function readEnvironment(variable: string): PlaceReading {
  if (VARIABLE.test(variable) && !UNBROKEN.test(variable)) {
    return { ok: true, keys: { kind: "environment", place: variable } };
  }
  return literalSecret("the name of an environment variable");
}

export function readFile(path: string): PlaceReading {
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

export function readUrl(text: string): PlaceReading {
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
function literalSecret(expected: string): PlaceReading {
  return {
    ok: false,
    code: "literal-secret",
    message: `this should be ${expected}, and may be a secret`,
    help: "take it out of the policy, change it if it was one, and name an environment variable in capitals",
  };
}
