import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import type {
  RingAlgorithm,
  RingDescription,
  RingDocument,
  RingStrategy,
} from "@gatewright/runtime/issuer";
import type { Arguments, Command, Option } from "../command-line/command.js";
import { exitCode } from "../command-line/exit-code.js";
import type { ExitCode } from "../command-line/exit-code.js";
import { helpOption, jsonOption, valueOf } from "../command-line/options.js";
import { printReport } from "../command-line/print-report.js";
import { readAction } from "../command-line/read-action.js";
import { ringOption, secondsOf } from "../command-line/ring-options.js";
import type { Terminal } from "../command-line/terminal.js";
import { UsageError } from "../command-line/usage-error.js";
import { tell, tellFault } from "./tell-fault.js";

const algOption: Option = {
  name: "alg",
  value: "ALG",
  choices: ["Ed25519", "ES256", "RS256", "HS256", "A256GCM"],
  description: "what the key is for; of a ring with derived keys nothing is to be said",
};

const strategyOption: Option = {
  name: "strategy",
  value: "NAME",
  choices: ["global", "sliced", "per-token"],
  fallback: "global",
  description: "of a new ring: stored keys, or a master from which keys are derived",
};

const lifetimeOption: Option = {
  name: "max-lifetime",
  value: "TIME",
  fallback: "15m",
  description: "of a new ring: how long a token under its keys can live",
};

const publishOption: Option = {
  name: "publish",
  value: "TIME",
  fallback: "10m",
  description: "of a new ring: how long a key is published before it signs",
};

const idOption: Option = {
  name: "id",
  value: "ID",
  description: "the key to retire",
};

const secretsOption: Option = {
  name: "show-secrets",
  description: "export private keys too; who has them can sign",
};

const actions = ["generate", "list", "rotate", "retire", "export"] as const;

export const keys: Command = {
  name: "keys",
  description: [
    "Works on the file of a key ring. ACTION is one of `generate` (a new ring, or the first key for an " +
      "algorithm), `list`, `rotate` (publishes a key that takes over by itself), `retire` (takes a key " +
      "out of use at once, in an emergency) and `export` (the public keys as a JWKS).",
    "The file has mode 0600. No secret is printed without `--show-secrets`.",
  ],
  operands: ["ACTION"],
  options: [
    ringOption,
    algOption,
    strategyOption,
    lifetimeOption,
    publishOption,
    idOption,
    secretsOption,
    jsonOption,
    helpOption,
  ],
  examples: [
    { line: "keys generate --alg Ed25519", purpose: "a new ring, keys/ring.json" },
    { line: "keys rotate", purpose: "the next key; it signs in ten minutes" },
    { line: "keys retire --id 5f0c1d2e3a4b", purpose: "a key that was stolen" },
    { line: "keys export > jwks.json", purpose: "what verifiers need" },
  ],
  exitCodes: [
    { code: exitCode.fine, meaning: "it is done" },
    { code: exitCode.fault, meaning: "the ring cannot be used or written" },
    { code: exitCode.usage, meaning: "the command line is wrong" },
    { code: exitCode.refused, meaning: "the ring has no such key, or one that is staged already" },
  ],
  run,
};

type Runtime = typeof import("@gatewright/runtime/issuer");

async function run(args: Arguments, terminal: Terminal): Promise<ExitCode> {
  const action = readAction(args, actions);
  const id = args.options.get(idOption.name)?.[0];
  if (action === "retire" && id === undefined) {
    const help = "write `--id ID`; `keys list` shows the ids";
    throw new UsageError([{ message: "`keys retire` needs a key", help }]);
  }
  const runtime = await import("@gatewright/runtime/issuer");
  const failing = { command: "keys", args, terminal };
  try {
    const refusal = change(runtime, { action, args, id: id ?? "" });
    if (refusal !== undefined) return tell(refusal, exitCode.refused, failing);
    return show(runtime, { action, args, terminal });
  } catch (error) {
    return tellFault(error, failing);
  }
}

interface Change {
  readonly action: (typeof actions)[number];
  readonly args: Arguments;
  readonly id: string;
}

/** What cannot be done, in words; undefined where it is done, or there was nothing to do. */
function change(runtime: Runtime, { action, args, id }: Change): string | undefined {
  if (action === "list" || action === "export") return undefined;
  const file = valueOf(args, ringOption);
  const seconds = Math.floor(Date.now() / 1000);
  if (action === "generate") mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  let refusal: string | undefined;
  runtime.changeRingFile(file, (found) => {
    if (found === undefined && action !== "generate") return refuse("there is no such ring");
    const document = found ?? newRing(runtime, args);
    if (action === "retire") {
      const alg = document.entries.find((entry) => entry.id === id)?.alg ?? "HS256";
      const replacement = runtime.createRingKey(alg);
      const retired = runtime.revokeKey(document, id, { seconds, replacement });
      return retired ?? refuse("the ring has no such key");
    }
    const alg = algorithmFor(document, args);
    const isKnown = runtime.pruneKeys(document, seconds).entries.some((entry) => entry.alg === alg);
    if (isKnown !== (action === "rotate")) {
      return refuse(isKnown ? `it has a key for ${alg}: rotate it` : `it has no key for ${alg}`);
    }
    const pruned = runtime.pruneKeys(document, seconds);
    const added = runtime.addKey(pruned, runtime.createRingKey(alg), seconds);
    return added ?? refuse(`a key for ${alg} is staged already`);
  });
  return refusal;

  function refuse(reason: string): undefined {
    refusal = reason;
  }
}

function newRing({ ringDefaults }: Runtime, args: Arguments): RingDocument {
  return {
    ...ringDefaults,
    strategy: valueOf(args, strategyOption) as RingStrategy,
    maxLifetimeSeconds: secondsOf(args, lifetimeOption),
    publishSeconds: secondsOf(args, publishOption),
  };
}

/** The one that is asked for, or the only one there is. */
function algorithmFor({ strategy, entries }: RingDocument, args: Arguments): RingAlgorithm {
  if (strategy !== "global") return "HKDF-SHA512";
  const wanted = args.options.get(algOption.name)?.[0];
  if (wanted !== undefined) return wanted as RingAlgorithm;
  const [only, another] = new Set(entries.map(({ alg }) => alg));
  if (another === undefined) return only ?? "Ed25519";
  const help = "write `--alg ALG`";
  throw new UsageError([{ message: "the ring has keys for several algorithms", help }]);
}

interface Showing {
  readonly action: (typeof actions)[number];
  readonly args: Arguments;
  readonly terminal: Terminal;
}

function show(runtime: Runtime, { action, args, terminal }: Showing): ExitCode {
  const ring = runtime.openKeyRing({ file: valueOf(args, ringOption) });
  if (action === "export") {
    const isWhole = args.options.has(secretsOption.name);
    const set = isWhole ? privateKeys(runtime, valueOf(args, ringOption)) : ring.jwks();
    terminal.print(JSON.stringify(set, null, 2));
    return exitCode.fine;
  }
  const description = ring.describe();
  printReport(
    {
      command: "keys",
      exitCode: exitCode.fine,
      diagnostics: [],
      sources: [],
      data: { ring: description },
      text: describe(description),
    },
    args.options.has(jsonOption.name) ? "json" : "text",
    terminal,
  );
  return exitCode.fine;
}

function privateKeys(runtime: Runtime, file: string): object {
  let found: readonly object[] = [];
  runtime.changeRingFile(file, (document) => {
    found = (document?.entries ?? []).map(({ key, id, alg }) => ({ ...key, kid: id, alg }));
    return undefined;
  });
  return { keys: found };
}

function describe({ strategy, keys: held, ...times }: RingDescription): string {
  const { maxLifetimeSeconds, publishSeconds } = times;
  const rows = held.map(({ id, alg, state, activeFrom, activeUntil, acceptUntil, revokedAt }) => {
    const until = revokedAt ?? acceptUntil;
    const signs = `signs ${print(activeFrom)} to ${activeUntil === null ? "its successor" : print(activeUntil)}`;
    const ends =
      until === null ? "" : `, ${revokedAt === null ? "accepted to" : "revoked"} ${print(until)}`;
    return `${id}  ${alg}  ${state}  ${signs}${ends}`;
  });
  const head = `${strategy} ring, tokens of ${maxLifetimeSeconds} s at most, keys published ${publishSeconds} s before they sign`;
  return [head, ...rows].join("\n");
}

function print(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(".000Z", "Z");
}
