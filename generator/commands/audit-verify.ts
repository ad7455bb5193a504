import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import type { AuditSource } from "@gatewright/runtime/audit/read";
import type { Fault, Finding, SpoolReport } from "@gatewright/runtime/audit/spool";
import type { Arguments } from "../command-line/command.js";
import { exitCode } from "../command-line/exit-code.js";
import type { ExitCode } from "../command-line/exit-code.js";
import { jsonOption } from "../command-line/options.js";
import { printReport } from "../command-line/print-report.js";
import type { Terminal } from "../command-line/terminal.js";
import { UsageError } from "../command-line/usage-error.js";
import type { Done } from "./audit-access.js";
import { checkpointOption, keyOption } from "./audit-options.js";
import { safe } from "./audit-words.js";

const KEYS_VARIABLE = "GATEWRIGHT_AUDIT_KEYS";
/** A key is a line, a checkpoint some hundred bytes. */
const MAX_FILE_BYTES = 64 * 1024;
const SHOWN_FINDINGS = 20;

const codes: Readonly<Record<SpoolReport["verdict"], ExitCode>> = {
  intact: exitCode.fine,
  torn: exitCode.torn,
  corrupt: exitCode.corrupt,
  truncated: exitCode.truncated,
  forged: exitCode.forged,
  "unknown-key": exitCode.unknownKey,
};

const advice: Readonly<Record<Fault, string>> = {
  torn: "nothing that was said to be durable is gone: the next start of the service repairs the end and records it",
  corrupt:
    "copy the folder before anything else touches it, check the disk, and compare with what the sinks have",
  truncated:
    "copy the folder, find out who could write to it, and fetch what is gone from the sinks or a backup",
  forged:
    "treat the machine as broken into: copy the folder, and take the sinks and the checkpoints kept elsewhere for the record",
  "unknown-key":
    "give the verifier key that the service had then, from where you keep it and not from that machine; if it is the right one, the record is signed by somebody else",
};

/** What a spool is verified with. */
export interface Evidence {
  readonly keys: readonly string[];
  /** An older checkpoint that was kept elsewhere. */
  readonly note?: string | undefined;
}

/**
 * The verifier keys of the command line and of the environment, and the older checkpoint.
 *
 * @throws UsageError where one is none; it is not repeated, for it might be a secret
 */
export async function readEvidence(args: Arguments): Promise<Evidence> {
  const path = args.options.get(checkpointOption.name)?.[0];
  // A note ends in one line feed, whatever an editor made of it.
  const note = path && `${readSmall(path, checkpointOption.name).trimEnd()}\n`;
  return { keys: await readKeys(args), note };
}

async function readKeys(args: Arguments): Promise<readonly string[]> {
  const given = args.options.get(keyOption.name) ?? [];
  const ofOption = given.flatMap((key) => (key.startsWith("@") ? keysIn(key.slice(1)) : [key]));
  const ofEnvironment = (process.env[KEYS_VARIABLE] ?? "").split(/\s+/).filter(Boolean);
  const keys = [...ofOption, ...ofEnvironment];
  if (keys.some((key) => key.startsWith("PRIVATE+KEY+") || key.includes("PRIVATE KEY"))) {
    const help =
      "it may now be known to others: make a new one; `verify` wants `name+hash+key`, which is public";
    throw new UsageError([{ message: `a secret key is given as \`--${keyOption.name}\``, help }]);
  }
  const { isVerifierKey } = await import("@gatewright/runtime/audit/spool");
  if (!keys.every(isVerifierKey)) {
    const help =
      "write `name+hash+key`, as `verifierKey` of the signer has it, or `@FILE` with one a line";
    throw new UsageError([{ message: `\`--${keyOption.name}\` is no verifier key`, help }]);
  }
  if (args.options.has(keyOption.name) && keys.length === 0)
    throw new UsageError([{ message: `the file of \`--${keyOption.name}\` has no key` }]);
  return keys;
}

function keysIn(path: string): readonly string[] {
  const lines = readSmall(path, keyOption.name).split("\n");
  return lines.map((line) => line.trim()).filter((line) => line !== "" && !line.startsWith("#"));
}

/** @throws UsageError where it cannot be read, or is too large for what it is to be */
function readSmall(path: string, option: string): string {
  try {
    const file = openSync(path, "r");
    try {
      const status = fstatSync(file);
      if (status.isFile() && status.size <= MAX_FILE_BYTES) return readFileSync(file, "utf8");
    } finally {
      closeSync(file);
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageError([
      { message: `\`${safe(path)}\` of \`--${option}\` cannot be read (${code})` },
    ]);
  }
  throw new UsageError([{ message: `\`${safe(path)}\` of \`--${option}\` is no such file` }]);
}

interface Printing {
  readonly args: Arguments;
  readonly terminal: Terminal;
}

/** Verifies the spool of a source, offline. */
export async function verify(
  source: AuditSource,
  { keys, note }: Evidence,
  { args, terminal }: Printing,
): Promise<Done> {
  if (source.kind !== "spool") {
    terminal.complain(
      `gatewright: \`${safe(source.path, 4096)}\` is no spool: nothing in it proves that it is whole\n` +
        "  verify the folder `spool` that it was delivered from; a sink holds copies",
    );
    return { code: exitCode.fault, events: 0 };
  }
  const spool = await import("@gatewright/runtime/audit/spool");
  const check = () => spool.verifySpool(source.path, { keys, olderCheckpoint: note });
  let report = await check();
  for (let attempt = 1; attempt < 10 && isMoving(report); attempt += 1) {
    await wait(100);
    report = await check();
  }
  const isOpen = spool.isSpoolOpen(source.path);
  const code = codes[report.verdict];
  printReport(
    {
      command: "audit",
      exitCode: code,
      diagnostics: [],
      sources: [],
      data: {
        action: "verify",
        ...report,
        signatures: keys.length === 0 ? "unchecked" : "checked",
        isOpen,
      },
      text: describe(report, { isSigned: keys.length > 0, isOpen }),
    },
    args.options.has(jsonOption.name) ? "json" : "text",
    terminal,
  );
  return { code, events: report.events };

  /** What a running service is about to write looks torn. */
  function isMoving({ verdict }: SpoolReport): boolean {
    return verdict === "torn" && spool.isSpoolOpen(source.path);
  }
}

interface Standing {
  readonly isSigned: boolean;
  readonly isOpen: boolean;
}

function describe(report: SpoolReport, { isSigned, isOpen }: Standing): string {
  const { verdict, findings, segments, events, size, signedSize, consistency } = report;
  const lines = [
    `${verdict}: ${count(events, "event")} in ${count(segments, "segment")}`,
    isSigned
      ? `signed: ${describeSigned(size, signedSize)}`
      : "signatures: not checked, for there is no key; whoever can write the folder could have made all of it anew",
    `older checkpoint: ${consistencies[consistency]}`,
  ];
  if (isOpen) lines.push("a service has this spool open: its end moves");
  if (verdict === "intact") return lines.join("\n");
  const [first] = findings;
  if (first) lines.push(`first: ${place(first)}`);
  lines.push(
    ...findings
      .slice(0, SHOWN_FINDINGS)
      .map((found) => `  ${found.fault}  ${place(found)}  ${safe(found.detail)}`),
  );
  const more = findings.length - SHOWN_FINDINGS;
  if (more > 0) lines.push(`  and ${more} more; \`--json\` has them all`);
  return [...lines, `what to do: ${advice[verdict]}`].join("\n");
}

/** The last checkpoint is a record itself, and signs all before it. */
function describeSigned(size: number, signedSize: number): string {
  const left = size - signedSize - 1;
  if (signedSize === 0) return "nothing";
  const all = `${count(signedSize, "record")} up to the last checkpoint`;
  return left <= 0 ? all : `${all}; ${left} after it are chained, and not signed yet`;
}

const consistencies: Readonly<Record<SpoolReport["consistency"], string>> = {
  unchecked: "none given; without one, that the newest records are gone cannot be seen",
  proven: "the record goes on from it",
  released: "it is of segments that were released",
  unproven: "damage hides whether the record goes on from it",
  refuted: "the record does not go on from it",
};

function place({ segment, offset }: Finding): string {
  return `segment-${String(segment).padStart(12, "0")} at ${offset}`;
}

function count(number: number, word: string): string {
  return `${number} ${number === 1 ? word : `${word}s`}`;
}
