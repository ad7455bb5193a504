import { visible } from "../../diagnostics/visible.js";
import type { ImportNote } from "./1-read/import-note.js";
import type {
  ImportChanges,
  NameChanges,
  RoleChange,
  RouteChange,
} from "./3-merge/list-changes.js";
import type { ImportReport } from "./import-openapi.js";
import type { ImportedFile } from "./import-request.js";

/** Notes of one kind that are printed; `--json` has all of them. */
const MAX_NOTES = 3;
/** Changes of one kind that are printed. */
const MAX_CHANGES = 50;
const MAX_WIDTH = 160;

export interface PrintedImport {
  readonly report: ImportReport;
  readonly files: readonly ImportedFile[];
  readonly isDryRun: boolean;
}

/** What an import did, for people: counts, changes, and everything that needs a look. */
export function reportImport({ report, files, isDryRun }: PrintedImport): string {
  const { counts, changes, conflicts, refused, notes, policyErrors } = report;
  const { operations, carriedOver } = counts;
  const access = [
    [counts.guarded, "by permissions"],
    [counts.authenticated, "for any caller with a token"],
    [counts.public, "public"],
  ].filter(([count]) => count !== 0);
  const how = access.length === 0 ? "" : `: ${access.map((part) => part.join(" ")).join(", ")}`;
  const lines = [
    `${carriedOver} of ${counted(operations, "operation")} carried over${how}`,
    ...section("not carried over, and denied:", refused.map(printNote)),
    ...section("worth a look:", groupNotes(notes, report.isFirst ? MAX_NOTES : 0)),
    ...(report.isFirst ? [] : printChanges(changes)),
    ...section("kept as you changed them:", printRoutes("=", changes.kept)),
    ...section(
      "conflicts, where your version stays:",
      conflicts.map(({ kind, name, message }) => `! ${kind} ${name}: ${message}`),
    ),
    ...section("the policy does not compile yet:", [
      ...policyErrors
        .slice(0, MAX_NOTES)
        .map(({ code, message, at }) => `${at.file}: ${message} [${code}]`),
      ...(policyErrors.length > MAX_NOTES ? [`and ${policyErrors.length - MAX_NOTES} more`] : []),
    ]),
    "",
    printFiles(files, isDryRun),
  ];
  return lines.join("\n");
}

/** Of a first import everything is new, and its files say it better. */
function printChanges({ routes, roles, resources }: ImportChanges): readonly string[] {
  return [
    ...section("routes:", [
      ...printRoutes("+", routes.added),
      ...printRoutes("-", routes.removed),
      ...printRoutes("~", routes.changed),
    ]),
    ...section("roles:", [
      ...printNames({ ...roles, changed: [] }),
      ...limit(roles.changed.flatMap(printRole)),
    ]),
    ...section("resources:", printNames(resources)),
  ];
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ["", title, ...lines.map((line) => `  ${cut(visible(line))}`)];
}

function printNote({ code, operation, message }: ImportNote): string {
  return `${operation}: ${message} [${code}]`;
}

/** With a few examples of each kind where they are news. */
function groupNotes(notes: readonly ImportNote[], shown: number): readonly string[] {
  const groups = new Map<string, ImportNote[]>();
  for (const note of notes) {
    const group = groups.get(note.code);
    if (group === undefined) groups.set(note.code, [note]);
    else group.push(note);
  }
  return [...groups].flatMap(([code, group]) => [
    `${counted(group.length, "operation")} [${code}]`,
    ...group.slice(0, shown).map((note) => `  ${note.operation}: ${note.message}`),
    ...(shown > 0 && group.length > shown ? [`  and ${group.length - shown} more`] : []),
  ]);
}

function printRoutes(mark: string, changes: readonly RouteChange[]): readonly string[] {
  return limit(
    changes.map(({ route, from, to }) => {
      const rule = [from, to].filter((need) => need !== "").join(" -> ");
      return `${mark} ${route}: ${mark === "=" && to === "" ? `${from} -> (removed)` : rule}`;
    }),
  );
}

function printRole({ role, granted, revoked }: RoleChange): readonly string[] {
  const lines = [
    ...granted.map((permission) => `~ ${role}: + ${permission}`),
    ...revoked.map((permission) => `~ ${role}: - ${permission}`),
  ];
  return lines.length === 0 ? [`~ ${role}`] : lines;
}

function limit(lines: readonly string[]): readonly string[] {
  if (lines.length <= MAX_CHANGES) return lines;
  return [...lines.slice(0, MAX_CHANGES), `and ${lines.length - MAX_CHANGES} more`];
}

function printNames({ added, removed, changed }: NameChanges): readonly string[] {
  const marked = [
    ["+", added],
    ["-", removed],
    ["~", changed],
  ] as const;
  return marked.flatMap(([mark, names]) =>
    names.length === 0 ? [] : [`${mark} ${names.join(", ")}`],
  );
}

function printFiles(files: readonly ImportedFile[], isDryRun: boolean): string {
  if (files.length === 0) return "the policy is up to date: nothing to write";
  const written = files.filter(({ text }) => text !== undefined);
  const removed = files.length - written.length;
  const names = written.map(({ path }) => path);
  const shown = names.length > 6 ? [...names.slice(0, 5), `and ${names.length - 5} more`] : names;
  const gone = removed > 0 ? `; ${counted(removed, "file")} left empty and removed` : "";
  return `${isDryRun ? "would write" : "wrote"} ${counted(written.length, "file")}: ${shown.join(", ")}${gone}`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** A line of the document must neither fill the screen nor move the cursor of a terminal. */
function cut(line: string): string {
  const characters = [...line];
  return characters.length > MAX_WIDTH ? `${characters.slice(0, MAX_WIDTH - 1).join("")}…` : line;
}
