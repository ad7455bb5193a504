import type { KeyRing, SigningAlgorithm } from "@gatewright/runtime/issuer";
import type { Arguments, Command, Option } from "../command-line/command.js";
import { exitCode } from "../command-line/exit-code.js";
import type { ExitCode } from "../command-line/exit-code.js";
import { helpOption, jsonOption, valueOf } from "../command-line/options.js";
import { printReport } from "../command-line/print-report.js";
import { readAction } from "../command-line/read-action.js";
import { claimsOption, readClaims } from "../command-line/read-caller.js";
import { readToken, tokenOption } from "../command-line/read-token.js";
import { ringOption, secondsOf } from "../command-line/ring-options.js";
import type { Terminal } from "../command-line/terminal.js";
import { UsageError } from "../command-line/usage-error.js";
import { tell, tellFault } from "./tell-fault.js";
import { explainCause, inspectToken } from "./token-words.js";

const issuerOption: Option = {
  name: "issuer",
  value: "URL",
  description: "`iss`, as the policy has it",
};

const audienceOption: Option = {
  name: "audience",
  value: "NAME",
  description: "`aud`, as the policy has it",
};

const algOption: Option = {
  name: "alg",
  value: "ALG",
  choices: ["Ed25519", "ES256", "RS256", "HS256"],
  description: "what signs; by default what the ring has a key for",
};

const subjectOption: Option = {
  name: "subject",
  value: "ID",
  description: "of `issue`: `sub`, whom the token is for",
};

const clientOption: Option = {
  name: "client",
  value: "ID",
  fallback: "gatewright-cli",
  description: "of `issue`: `client_id`",
};

const lifetimeOption: Option = {
  name: "lifetime",
  value: "TIME",
  fallback: "5m",
  description: "of `issue`: until it ends",
};

const encryptOption: Option = {
  name: "encrypt",
  description: "nested: of `issue` encrypted as well, of `verify` refused where it is not",
};

const jwksOption: Option = {
  name: "jwks",
  value: "FILE",
  description: "of `verify`: a file of public keys, in the place of a ring",
};

const moreClaimsOption: Option = {
  ...claimsOption,
  description: "of `issue`: further claims, or `@FILE` to read them",
};

const actions = ["issue", "inspect", "verify"] as const;

export const token: Command = {
  name: "token",
  description: [
    "ACTION is one of `issue` (signs an access token with the key of a ring that is active now), `inspect` " +
      "(shows what a token says, verified by nobody) and `verify` (asks the verifier of the gate, and says " +
      "why a token is refused). `inspect` and `verify` read the token from standard input: on a command " +
      "line other users of the machine could see it.",
  ],
  operands: ["ACTION"],
  options: [
    ringOption,
    jwksOption,
    issuerOption,
    audienceOption,
    algOption,
    subjectOption,
    clientOption,
    lifetimeOption,
    moreClaimsOption,
    encryptOption,
    tokenOption,
    jsonOption,
    helpOption,
  ],
  examples: [
    {
      line: `token issue --issuer https://id.example --audience desk --subject ada --claims '{"roles":["clerk"]}'`,
      purpose: "for a request by hand",
    },
    { line: "token inspect < token.txt", purpose: "what it says" },
    {
      line: "token verify --jwks jwks.json --issuer https://id.example --audience desk < token.txt",
      purpose: "whether a gate would take it",
    },
  ],
  exitCodes: [
    { code: exitCode.fine, meaning: "it is done; of `verify`: the token is accepted" },
    { code: exitCode.fault, meaning: "the keys cannot be used" },
    { code: exitCode.usage, meaning: "the command line is wrong" },
    { code: exitCode.refused, meaning: "the token is refused, or is none" },
  ],
  run,
};

type Runtime = typeof import("@gatewright/runtime/issuer");

async function run(args: Arguments, terminal: Terminal): Promise<ExitCode> {
  const action = readAction(args, actions);
  if (action === "inspect") return inspect(args, terminal);
  requireNames(args, action === "issue" ? [subjectOption] : []);
  const runtime = await import("@gatewright/runtime/issuer");
  try {
    return await (action === "issue" ? issue : verify)(runtime, args, terminal);
  } catch (error) {
    return tellFault(error, { command: "token", args, terminal });
  }
}

function requireNames(args: Arguments, more: readonly Option[]): void {
  const missing = [issuerOption, audienceOption, ...more].filter(
    ({ name }) => !args.options.has(name),
  );
  if (missing.length === 0) return;
  throw new UsageError(missing.map(({ name }) => ({ message: `\`--${name}\` is missing` })));
}

async function issue(runtime: Runtime, args: Arguments, terminal: Terminal): Promise<ExitCode> {
  const ring = runtime.openKeyRing({ file: valueOf(args, ringOption) });
  const [algorithm] = algorithmsOf(ring, args);
  if (algorithm === undefined) {
    const failing = { command: "token", args, terminal };
    return tell("the ring has no key that signs", exitCode.fault, failing);
  }
  const lifetime = secondsOf(args, lifetimeOption);
  if (lifetime > ring.describe().maxLifetimeSeconds) {
    throw new UsageError([{ message: "`--lifetime` is longer than the ring keeps its keys" }]);
  }
  const { randomBytes } = await import("node:crypto");
  const jti = randomBytes(16).toString("base64url");
  const sub = valueOf(args, subjectOption);
  const iat = Math.floor(Date.now() / 1000);
  const claims = {
    ...(await readClaims(args)),
    iss: valueOf(args, issuerOption),
    sub,
    aud: valueOf(args, audienceOption),
    client_id: valueOf(args, clientOption),
    iat,
    exp: iat + lifetime,
    jti,
  };
  const type = "at+jwt";
  const signed = await runtime.signToken(ring, { algorithm, type, jti, sub, claims });
  const isNested = args.options.has(encryptOption.name);
  const text = isNested ? await runtime.nestToken(ring, signed, { jti, sub, type }) : signed;
  print({ token: text, expiresAt: claims.exp }, { code: exitCode.fine, text }, { args, terminal });
  return exitCode.fine;
}

function inspect(args: Arguments, terminal: Terminal): ExitCode {
  const found = inspectToken(readToken(args), Math.floor(Date.now() / 1000));
  const code = found === undefined ? exitCode.refused : exitCode.fine;
  const { data, text } = found ?? { data: { header: null }, text: "this is no token" };
  print({ verified: false, ...data }, { code, text }, { args, terminal });
  return code;
}

async function verify(runtime: Runtime, args: Arguments, terminal: Terminal): Promise<ExitCode> {
  const file = args.options.get(jwksOption.name)?.[0];
  const keys = file ?? runtime.openKeyRing({ file: valueOf(args, ringOption) });
  const check = runtime.verifyIssued({
    issuer: valueOf(args, issuerOption),
    audience: [valueOf(args, audienceOption)],
    algorithms: typeof keys === "string" ? wantedOr(args, published) : algorithmsOf(keys, args),
    keys,
    ...(args.options.has(encryptOption.name) && { encryption: "A256GCM" as const }),
  });
  const found = await check(readToken(args));
  const code = found.ok ? exitCode.fine : exitCode.refused;
  const data = found.ok
    ? { verified: true, claims: found.claims, keyId: found.credential.keyId ?? null, cause: null }
    : { verified: false, claims: null, keyId: null, cause: found.cause };
  const text = found.ok
    ? `accepted, signed by key ${found.credential.keyId ?? "without a name"}\n${JSON.stringify(found.claims, null, 2)}`
    : `refused (${found.cause}): ${explainCause(found.cause)}`;
  print(data, { code, text }, { args, terminal });
  return code;
}

/** Those with public keys. */
const published = ["Ed25519", "ES256", "RS256"] as const;

function wantedOr(
  args: Arguments,
  others: readonly SigningAlgorithm[],
): readonly SigningAlgorithm[] {
  const wanted = args.options.get(algOption.name)?.[0];
  return wanted === undefined ? others : [wanted as SigningAlgorithm];
}

function algorithmsOf(ring: KeyRing, args: Arguments): readonly SigningAlgorithm[] {
  const { strategy, keys } = ring.describe();
  if (strategy !== "global") return wantedOr(args, ["HS256"]);
  const held = keys.filter(({ alg }) => alg !== "A256GCM").map(({ alg }) => alg);
  return wantedOr(args, [...new Set(held)] as readonly SigningAlgorithm[]);
}

interface Result {
  readonly code: ExitCode;
  readonly text: string;
}

function print(
  data: Readonly<Record<string, unknown>>,
  { code, text }: Result,
  { args, terminal }: { readonly args: Arguments; readonly terminal: Terminal },
): void {
  const format = args.options.has(jsonOption.name) ? "json" : "text";
  const report = { command: "token", exitCode: code, diagnostics: [], sources: [], data, text };
  printReport(report, format, terminal);
}
