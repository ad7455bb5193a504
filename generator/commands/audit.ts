import type {
  AuditEntry,
  AuditFilter,
  AuditSource,
  ExportFormat,
} from "@gatewright/runtime/audit/read";
import type { Arguments, Command } from "../command-line/command.js";
import { exitCode } from "../command-line/exit-code.js";
import type { ExitCode } from "../command-line/exit-code.js";
import { helpOption, jsonOption, valueOf } from "../command-line/options.js";
import { printReport } from "../command-line/print-report.js";
import { readAction } from "../command-line/read-action.js";
import { readCount } from "../command-line/read-time.js";
import type { Terminal } from "../command-line/terminal.js";
import { withLoggedRead } from "./audit-access.js";
import type { Done, Runtime } from "./audit-access.js";
import * as options from "./audit-options.js";
import { readEvidence, verify } from "./audit-verify.js";
import { createPassedCounter, describeEntry, describeStats, safeJson } from "./audit-words.js";

export const audit: Command = {
  name: "audit",
  description: [
    "Reads what the audit log holds, beside a running service too: it locks nothing and repairs nothing. " +
      "ACTION is one of `tail` (the last events), `query` (those that fit), `stats` (counts), `export` (in " +
      "the shape of OCSF, ECS or CloudEvents) and `verify` (whether a spool is what was written).",
    "Every read is itself logged, in `reads.jsonl` beside what is read; one that cannot be logged is refused.",
  ],
  operands: ["ACTION"],
  options: [...options.auditOptions, jsonOption, helpOption],
  examples: [
    { line: "audit tail --follow", purpose: "watch what is decided" },
    {
      line: "audit query --decision deny --since 24h",
      purpose: "what was refused since yesterday",
    },
    {
      line: "audit query --id 1b4e28ba-2fa1-41d2-883f-0016d3cca427",
      purpose: "all about a request",
    },
    { line: "audit stats --since 7d", purpose: "who did what, and how often" },
    { line: "audit verify --key @audit.keys --checkpoint yesterday.txt", purpose: "as evidence" },
    { line: "audit export --format ocsf > events.ndjson", purpose: "for a SIEM" },
  ],
  exitCodes: [
    { code: exitCode.fine, meaning: "it is done; of `verify`: the spool is intact" },
    {
      code: exitCode.fault,
      meaning: "there is nothing to read, parts of it cannot be read, or the read cannot be logged",
    },
    { code: exitCode.usage, meaning: "the command line is wrong" },
    {
      code: exitCode.torn,
      meaning: "`verify`: the end is torn; the next start of the service repairs it",
    },
    { code: exitCode.corrupt, meaning: "`verify`: bytes are not what was written" },
    {
      code: exitCode.truncated,
      meaning: "`verify`: something is gone, or the record went on from an older state",
    },
    { code: exitCode.forged, meaning: "`verify`: it is not what was signed or chained" },
    { code: exitCode.unknownKey, meaning: "`verify`: it is signed by none of the keys" },
  ],
  run,
};

const MAX_LINES = 100_000;

async function run(args: Arguments, terminal: Terminal): Promise<ExitCode> {
  const action = readAction(args, options.actions);
  options.checkOptions(args, action);
  const { filter, told } = options.readFilter(args, Date.now());
  const limit = readCount(args, options.limitOption, Number.MAX_SAFE_INTEGER) ?? Infinity;
  const lines = readCount(args, options.linesOption, MAX_LINES) ?? 0;
  const top = readCount(args, options.topOption, 20_000) ?? 0;
  const evidence = action === "verify" ? await readEvidence(args) : undefined;
  const runtime = await import("@gatewright/runtime/audit/read");
  const isFollowing = args.options.has(options.followOption.name);
  const format = args.options.get(options.shapeOption.name)?.[0];
  const access = {
    action,
    args,
    terminal,
    told: {
      ...told,
      ...(format === undefined ? {} : { format }),
      ...(limit === Infinity ? {} : { limit }),
      ...(isFollowing ? { follow: true } : {}),
    },
  };
  return withLoggedRead(runtime, access, async (source) => {
    const job = { runtime, source, filter, args, terminal };
    switch (action) {
      case "tail":
        return tail(job, lines);
      case "query":
      case "export":
        return query(job, limit);
      case "stats":
        return stats(job, top);
      case "verify":
        return verify(source, evidence ?? { keys: [] }, { args, terminal });
    }
  });
}

interface Job {
  readonly runtime: Runtime;
  readonly source: AuditSource;
  readonly filter: AuditFilter;
  readonly args: Arguments;
  readonly terminal: Terminal;
}

async function query(job: Job, limit: number): Promise<Done> {
  const { runtime, source, filter, terminal } = job;
  const isWanted = runtime.createFilter(filter);
  const passed = createPassedCounter();
  const show = createPrinter(job, passed);
  await tellReleased(source, terminal);
  let events = 0;
  for await (const batch of runtime.readSource(source)) {
    passed.add(batch.passed);
    const fitting = batch.entries.filter(isWanted).slice(0, limit - events);
    events += fitting.length;
    if (!(await show(fitting)) || events >= limit) break;
  }
  return finish(passed, events, terminal);
}

async function tail(job: Job, count: number): Promise<Done> {
  const { runtime, source, filter, args, terminal } = job;
  const isWanted = runtime.createFilter(filter);
  const passed = createPassedCounter();
  const show = createPrinter(job, passed);
  const isFollowing = args.options.has(options.followOption.name);
  const ending = new AbortController();
  const stop = (): void => ending.abort();
  // From here on, so that whoever interrupts ends it in order.
  if (isFollowing) for (const signal of SIGNALS) process.once(signal, stop);
  try {
    const found = await runtime.tailEntries(source, { count, isWanted });
    passed.add(found.passed);
    if (found.isCut)
      terminal.complain("gatewright: fewer events are shown: these are 64 MiB already");
    let events = found.entries.length;
    let isRead = await show(found.entries);
    if (!isFollowing || !isRead) return finish(passed, events, terminal);
    for await (const batch of source.follow(ending.signal)) {
      passed.add(batch.passed);
      const fitting = batch.entries.filter(isWanted);
      events += fitting.length;
      isRead = await show(fitting);
      if (!isRead) break;
    }
    finish(passed, events, terminal);
    return { code: exitCode.fine, events };
  } finally {
    for (const signal of SIGNALS) process.removeListener(signal, stop);
  }
}

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

async function stats({ runtime, source, filter, args, terminal }: Job, top: number): Promise<Done> {
  const passed = createPassedCounter();
  await tellReleased(source, terminal);
  const found = await runtime.countEntries(source, {
    filter,
    top,
    onBatch: (batch) => passed.add(batch.passed),
  });
  const done = finish(passed, found.events, terminal);
  printReport(
    {
      command: "audit",
      exitCode: done.code,
      diagnostics: [],
      sources: [],
      data: { action: "stats", ...found },
      text: describeStats(found),
    },
    args.options.has(jsonOption.name) ? "json" : "text",
    terminal,
  );
  return done;
}

/** Prints events in the form that is asked for; false where nobody reads on. */
function createPrinter(
  { runtime, args, terminal }: Job,
  passed: ReturnType<typeof createPassedCounter>,
): (entries: readonly AuditEntry[]) => Promise<boolean> {
  const format = args.options.get(options.shapeOption.name)?.[0] as ExportFormat | undefined;
  const source = valueOf(args, options.sourceOption);
  const isJson = args.options.has(jsonOption.name);
  const forTerminal = (line: string) => (terminal.isInteractive ? safeJson(line) : line);
  const lineOf = (entry: AuditEntry): readonly string[] => {
    if (format === undefined)
      return [isJson ? forTerminal(entry.line.trim()) : describeEntry(runtime.facts, entry)];
    const exported = runtime.exportEntry(entry, format, { source });
    if (exported.ok) return [forTerminal(exported.line)];
    passed.add([{ trouble: exported.trouble, file: runtime.facts.idOf(entry) ?? "-", at: 0 }]);
    return [];
  };
  return async (entries) => {
    if (entries.length === 0) return true;
    terminal.print(entries.flatMap(lineOf).join("\n"));
    return terminal.settled();
  };
}

/** Of a spool the oldest segments may be gone, as is right: their events are where they were delivered. */
async function tellReleased(source: AuditSource, terminal: Terminal): Promise<void> {
  const released = await source.released();
  if (released === 0) return;
  const events = released === 1 ? "1 event" : `${released} events`;
  terminal.complain(
    `gatewright: ${events} before these left the spool and are in the sinks: name one behind \`--from\` to read them`,
  );
}

function finish(
  passed: ReturnType<typeof createPassedCounter>,
  events: number,
  terminal: Terminal,
): Done {
  for (const line of passed.describe()) terminal.complain(`gatewright: ${line}`);
  return { code: passed.isFaulty() ? exitCode.fault : exitCode.fine, events };
}
