import type { AuditEntry, AuditStats, Passed, TallyRow } from "@gatewright/runtime/audit/read";

type Facts = typeof import("@gatewright/runtime/audit/read").facts;

const MAX_WIDTH = 80;
const MAX_DETAIL = 160;

/**
 * Text of a log, which whoever sent a request may have written: nothing in it moves a cursor, turns the
 * direction of text or hides.
 */
export function safe(text: string, width: number = MAX_WIDTH): string {
  const short = text.length > width ? `${text.slice(0, width - 1).toWellFormed()}…` : text;
  return escapeWith(short.toWellFormed(), (code) =>
    code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, "0")}`,
  );
}

/** A line of JSON that means the same, and that a terminal does not obey. */
export function safeJson(line: string): string {
  return line
    .toWellFormed()
    .replace(UNSAFE, (character) =>
      [...Array(character.length).keys()]
        .map((index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, "0")}`)
        .join(""),
    );
}

const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

function escapeWith(text: string, print: (code: string) => string): string {
  return text.replace(UNSAFE, (character) => print((character.codePointAt(0) ?? 0).toString(16)));
}

/** One event, one line: time, type, decision, status, who, what, and why. */
export function describeEntry(facts: Facts, entry: AuditEntry): string {
  const { value } = entry;
  const actor = facts.actorOf(entry);
  const delegates = facts.delegatesOf(entry);
  const tenant = facts.tenantOf(entry);
  const who = [
    actor?.id ?? "-",
    ...(delegates.length > 0 ? [`(by ${delegates.join(", ")})`] : []),
    ...(tenant === undefined ? [] : [`@${tenant}`]),
  ].join(" ");
  const status = facts.statusOf(entry);
  const columns = [
    safe(facts.timeOf(entry) ?? "-").padEnd(24),
    safe(facts.typeOf(entry) ?? "-").padEnd(20),
    (facts.decisionOf(entry) ?? "-").padEnd(5),
    (status === undefined ? "-" : String(status)).padEnd(3),
    safe(who).padEnd(12),
    safe(whatOf(facts, entry)).padEnd(24),
    ...detailsOf(facts, value),
  ];
  return columns.join("  ").trimEnd();
}

function whatOf(facts: Facts, entry: AuditEntry): string {
  const { value } = entry;
  const route = facts.textOf(value["route"]);
  const method = facts.textOf(value["method"]);
  const { type, id } = facts.resourceOf(entry);
  const named = [type, id].filter((part) => part !== undefined).join("/");
  const path = facts.textOf(value["path"]);
  return route ?? (named === "" ? [method, path].filter(Boolean).join(" ") || "-" : named);
}

function detailsOf(facts: Facts, value: AuditEntry["value"]): readonly string[] {
  const words = ["reason", "cause", "outcome", "rule", "client"].flatMap((name) => {
    const text = facts.textOf(value[name]);
    const isUsual = name === "outcome" && text === "finished";
    return text === undefined || isUsual ? [] : [`${name}=${safe(text)}`];
  });
  const held = ["params", "data"].flatMap((name) => {
    const data = value[name];
    return data === undefined || data === null ? [] : [`${name}=${safe(print(data), MAX_DETAIL)}`];
  });
  return [...words, ...held];
}

function print(data: unknown): string {
  try {
    return JSON.stringify(data);
  } catch {
    // It goes deeper than the printer.
    return "…";
  }
}

const TROUBLES: Readonly<Record<Passed["trouble"], string>> = {
  "too-long": "longer than 16 MiB",
  "not-utf8": "not UTF-8",
  "not-json": "not JSON",
  "no-object": "JSON, but no object",
  damaged: "damaged",
  torn: "cut off at the end, as by a kill, or not written whole yet",
  replaced: "begun anew while it was read",
  gone: "removed while it was read",
  "too-deep": "nested too deep to be printed",
  "no-time": "without the time that the format requires",
};

/** Counts what was passed over, with the first place of each kind. */
export interface PassedCounter {
  add(passed: readonly Passed[]): void;
  describe(): readonly string[];
  /** Whether something is not shown that is more than an unfinished end. */
  isFaulty(): boolean;
}

export function createPassedCounter(): PassedCounter {
  const found = new Map<Passed["trouble"], { readonly first: Passed; count: number }>();
  return {
    add(passed) {
      for (const first of passed) {
        const known = found.get(first.trouble);
        if (known === undefined) found.set(first.trouble, { first, count: 1 });
        else known.count += 1;
      }
    },
    describe: () =>
      [...found].map(([trouble, { first, count }]) => {
        const place = `${count > 1 ? "the first " : ""}in \`${safe(first.file)}\` at ${first.at}`;
        return `${count} ${count === 1 ? "record was" : "records were"} passed over: ${TROUBLES[trouble]}, ${place}`;
      }),
    isFaulty: () => [...found.keys()].some((trouble) => trouble !== "torn"),
  };
}

/** What `audit stats` shows. */
export function describeStats(stats: AuditStats): string {
  const { events, first, last, numbers, sinks } = stats;
  const span = first === null || last === null ? "" : `, ${safe(first)} to ${safe(last)}`;
  const lists: readonly (readonly [string, readonly TallyRow[]])[] = [
    ["types", stats.types],
    ["categories", stats.categories],
    ["decisions", stats.decisions],
    ["statuses", stats.statuses],
    ["routes", stats.routes],
    ["actors", stats.actors],
    ["denials", stats.denials],
  ];
  const { dropped, rejected, spilled } = numbers.recorded;
  const told =
    numbers.unexplained === null
      ? "no gap records here: they may be events of other sinks"
      : `${dropped} dropped, ${rejected} rejected and ${spilled} spilled on record, ${numbers.unexplained} unexplained`;
  return [
    `${events} ${events === 1 ? "event" : "events"}${span}`,
    ...lists.filter(([, rows]) => rows.length > 0).map(([name, rows]) => describeRows(name, rows)),
    `numbers\n  ${numbers.missing} missing in ${numbers.epochs} ${numbers.epochs === 1 ? "epoch" : "epochs"}: ${told}`,
    ...(sinks.length === 0 ? [] : [["sinks", ...sinks.map(describeSink)].join("\n")]),
  ].join("\n\n");
}

function describeRows(name: string, rows: readonly TallyRow[]): string {
  const width = String(rows[0]?.count ?? 0).length;
  const lines = rows.map((row) => `  ${String(row.count).padStart(width)}  ${safe(row.name)}`);
  return [name, ...lines].join("\n");
}

function describeSink(sink: AuditStats["sinks"][number]): string {
  if (sink.state === "unreadable") return `  ${safe(sink.name)}  its state cannot be read`;
  const { behind, delivered, deadLettered, missed } = sink;
  const lag = behind === null ? "" : `${behind} behind, `;
  return `  ${safe(sink.name)}  ${lag}${delivered} delivered, ${deadLettered} dead letters, ${missed} missed`;
}
