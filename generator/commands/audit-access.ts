import type { AuditSource, LoggedRead } from "@gatewright/runtime/audit/read";
import type { Arguments } from "../command-line/command.js";
import { exitCode } from "../command-line/exit-code.js";
import type { ExitCode } from "../command-line/exit-code.js";
import type { Terminal } from "../command-line/terminal.js";
import { fromOption, unloggedOption } from "./audit-options.js";
import type { AuditAction } from "./audit-options.js";
import { safe } from "./audit-words.js";

export type Runtime = typeof import("@gatewright/runtime/audit/read");

export interface Access {
  readonly action: AuditAction;
  readonly args: Arguments;
  readonly terminal: Terminal;
  /** Filters for the log of reads. */
  readonly told: Readonly<Record<string, string | number | boolean>>;
}

export interface Done {
  readonly code: ExitCode;
  /** How many events were shown, or looked at. */
  readonly events: number;
}

/**
 * Does something with an audit log after it is written that somebody does it: what cannot be logged
 * is not done, unless that is asked for.
 */
export async function withLoggedRead(
  runtime: Runtime,
  access: Access,
  work: (source: AuditSource) => Promise<Done>,
): Promise<ExitCode> {
  const { args, terminal } = access;
  const from = pathOf(args);
  try {
    const source = await runtime.openAuditSource(from);
    try {
      const logged = await begin(runtime, source, { ...access, from });
      if (logged === "refused") return exitCode.fault;
      const done = await work(source).catch((error: unknown) => {
        // How it ended is logged all the same.
        return { code: complainOf(error, terminal), events: 0 };
      });
      return await end(logged, done, terminal);
    } finally {
      await source.close();
    }
  } catch (error) {
    return complainOf(error, terminal);
  }
}

export function pathOf(args: Arguments): string {
  return args.options.get(fromOption.name)?.[0] ?? fromOption.fallback ?? "";
}

async function begin(
  runtime: Runtime,
  source: AuditSource,
  { action, args, terminal, told, from }: Access & { readonly from: string },
): Promise<LoggedRead | "refused" | undefined> {
  try {
    return await runtime.logRead(source.folder, { command: action, from, filters: told });
  } catch (error) {
    const path = safe(runtime.readLogOf(source.folder), 4096);
    const code = safe(String(Object(error).code ?? "unknown"));
    const isGoingOn = args.options.has(unloggedOption.name);
    terminal.complain(
      `gatewright: this read cannot be logged in \`${path}\` (${code})` +
        (isGoingOn
          ? "; it is done unlogged"
          : ", and is refused\n  make the folder writable, or write `--unlogged` if it is a copy that nobody adds to"),
    );
    return isGoingOn ? undefined : "refused";
  }
}

async function end(
  logged: LoggedRead | undefined,
  { code, events }: Done,
  terminal: Terminal,
): Promise<ExitCode> {
  try {
    await logged?.end({ exitCode: code, events });
    return code;
  } catch (error) {
    const { code: reason = "unknown" } = Object(error);
    terminal.complain(`gatewright: how this read ended cannot be logged (${safe(String(reason))})`);
    return code === exitCode.fine ? exitCode.fault : code;
  }
}

/** What is wrong with files is said; anything else is a bug of ours. */
function complainOf(error: unknown, terminal: Terminal): ExitCode {
  const { name, message, help, code, syscall } = Object(error);
  const isOfFiles = typeof code === "string" && typeof syscall === "string";
  const isOurs = name === "AuditReadError" || name === "GateError";
  if (!isOurs && !isOfFiles) throw error;
  const text = isOurs ? String(message) : `the audit log cannot be read (${code})`;
  const more = typeof help === "string" ? `\n  ${safe(help, 4096)}` : "";
  terminal.complain(`gatewright: ${safe(text, 4096)}${more}`);
  return exitCode.fault;
}
