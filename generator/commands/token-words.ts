import { visible } from "../diagnostics/visible.js";

/** What a token says, verified by nobody. */
export interface InspectedToken {
  readonly data: Readonly<Record<string, unknown>>;
  readonly text: string;
}

/** Decodes a token in compact form; undefined for another text. The signature is not shown. */
export function inspectToken(token: string, seconds: number): InspectedToken | undefined {
  const segments = token.split(".");
  const header = decode(segments[0]);
  const isNested = segments.length === 5;
  if (header === undefined || (segments.length !== 3 && !isNested)) return undefined;
  const claims = isNested ? undefined : decode(segments[1]);
  if (claims === undefined && !isNested) return undefined;
  const lines = [
    "not verified: anybody can write what stands here",
    `header ${JSON.stringify(header, null, 2)}`,
    claims === undefined ? "the claims are encrypted" : `claims ${JSON.stringify(claims, null, 2)}`,
    ...timesOf(claims ?? {}, seconds),
  ];
  // What a token says can hold characters that move the cursor.
  const text = lines.map((line) => line.split("\n").map(visible).join("\n")).join("\n");
  return { data: { header, claims: claims ?? null, encrypted: isNested }, text };
}

function decode(segment = ""): object | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(segment, "base64url").toString());
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function timesOf(claims: object, seconds: number): readonly string[] {
  return ["iat", "nbf", "exp"].flatMap((name) => {
    const time: unknown = Reflect.get(claims, name);
    if (typeof time !== "number" || Math.abs(time) > 2 ** 33) return [];
    const date = new Date(time * 1000).toISOString();
    const isOver = name === "exp" && time <= seconds;
    return [`${name} is ${date}${isOver ? ", it has ended" : ""}`];
  });
}

/** What a closed word of the verifier means, for whoever holds the token. */
export function explainCause(cause: string): string {
  const [kind = "", claim] = cause.split(":");
  if (claim !== undefined && cause !== "claim:typ") {
    return `the claim \`${claim}\` is missing, or is not what is expected`;
  }
  return causes[claim === undefined ? kind : cause] ?? "it is not what is expected";
}

const causes: Readonly<Record<string, string>> = {
  malformed: "it is not a token in compact form, in the one spelling that it has",
  issuer: "`iss` names another issuer",
  header: "its header brings or points to a key, or holds what is not understood",
  algorithm: "`alg` is none of the algorithms that are expected",
  "claim:typ": "`typ` is not `at+jwt`, so it is not an access token",
  key: "no key that is accepted now has its `kid`",
  signature: "the key did not make its signature",
  expired: "it has ended",
  lifetime: "it lives longer than is allowed",
  "not-encrypted": "it is signed only, and nested tokens are expected",
  decryption: "the key does not open it, or a bit of it was changed",
};
