import type { AuditFilter } from "@gatewright/runtime/audit/read";
import { visible } from "../diagnostics/visible.js";
import type { Arguments, Option } from "../command-line/command.js";
import { readTime } from "../command-line/read-time.js";
import { UsageError } from "../command-line/usage-error.js";

export const actions = ["tail", "query", "stats", "export", "verify"] as const;

export type AuditAction = (typeof actions)[number];

export const fromOption: Option = {
  name: "from",
  value: "PATH",
  fallback: "audit",
  description: "an audit folder, a spool folder, a JSONL file or a SQLite file",
};

export const sinceOption: Option = {
  name: "since",
  value: "TIME",
  description: "events from then on: a time with its offset, or how long ago, such as 24h",
};

export const untilOption: Option = {
  name: "until",
  value: "TIME",
  description: "events before then; written as for `--since`",
};

const plainFilters = {
  actor: { value: "ID", description: "events of a principal, or of one who acted for it" },
  tenant: { value: "ID", description: "events of a tenant" },
  route: { value: "ID", description: "requests that met a route, such as `GET /orders`" },
  category: { value: "NAME", description: "events of a category" },
  type: { value: "NAME", description: "events of a type; `session.*` is all that begin so" },
  id: { value: "ID", description: "an event, or all that belong to a request" },
  trace: { value: "ID", description: "events of a trace" },
} as const satisfies Readonly<Record<string, Omit<Option, "name">>>;

export const decisionOption: Option = {
  name: "decision",
  value: "WORD",
  choices: ["allow", "deny", "none"],
  description: "requests that were decided so",
};

export const limitOption: Option = {
  name: "limit",
  value: "COUNT",
  description: "of `query` and `export`: stop after so many",
};

export const linesOption: Option = {
  name: "lines",
  short: "n",
  value: "COUNT",
  fallback: "10",
  description: "of `tail`: how many of the last events",
};

export const followOption: Option = {
  name: "follow",
  short: "f",
  description: "of `tail`: go on with what comes, until interrupted",
};

export const topOption: Option = {
  name: "top",
  value: "COUNT",
  fallback: "10",
  description: "of `stats`: rows of each list",
};

export const shapeOption: Option = {
  name: "format",
  value: "SHAPE",
  choices: ["ocsf", "ecs", "cloudevents", "jsonl"],
  description: "of `export`: the shape of the lines",
};

export const sourceOption: Option = {
  name: "source",
  value: "URI",
  fallback: "/gatewright/audit",
  description: "of `export` to CloudEvents: what tells this log from others",
};

export const keyOption: Option = {
  name: "key",
  value: "KEY",
  isRepeatable: true,
  description:
    "of `verify`: a verifier key, `name+hash+key`, or `@FILE` with one a line; also read from GATEWRIGHT_AUDIT_KEYS",
};

export const checkpointOption: Option = {
  name: "checkpoint",
  value: "FILE",
  description: "of `verify`: an older checkpoint that was kept elsewhere",
};

export const unloggedOption: Option = {
  name: "unlogged",
  description: "read on where this read cannot be logged; where it can, it is",
};

const filterOptions: readonly Option[] = [
  sinceOption,
  untilOption,
  ...Object.entries(plainFilters).map(([name, option]) => ({ name, ...option })),
  decisionOption,
];

export const auditOptions: readonly Option[] = [
  fromOption,
  ...filterOptions,
  limitOption,
  linesOption,
  followOption,
  topOption,
  shapeOption,
  sourceOption,
  keyOption,
  checkpointOption,
  unloggedOption,
];

const special: Readonly<Record<AuditAction, readonly Option[]>> = {
  tail: [...filterOptions, linesOption, followOption],
  query: [...filterOptions, limitOption],
  stats: [...filterOptions, topOption],
  export: [...filterOptions, limitOption, shapeOption, sourceOption],
  verify: [keyOption, checkpointOption],
};

/** @throws UsageError for options that another action has: they would change nothing */
export function checkOptions(args: Arguments, action: AuditAction): void {
  const mistakes = auditOptions.flatMap(({ name }) => {
    const owners = actions.filter((other) => special[other].some((option) => option.name === name));
    if (!args.options.has(name) || owners.length === 0 || owners.includes(action)) return [];
    const message = `\`audit ${action}\` has no option \`--${name}\``;
    return [{ message, help: `it belongs to \`audit ${owners.join("`, `audit ")}\`` }];
  });
  if (action === "export" && args.options.has("json")) {
    const help = "every shape is JSON, an object a line; leave `--json` out";
    mistakes.push({ message: "`audit export` has no option `--json`", help });
  }
  if (action === "export" && !args.options.has(shapeOption.name)) {
    const help = `write \`--format\` with one of ${shapeOption.choices?.join(", ")}`;
    mistakes.push({ message: "`audit export` needs a format", help });
  }
  const source = args.options.get(sourceOption.name)?.[0];
  if (source !== undefined && !/^[!#$%&'()*+,\-./0-9:;=?@A-Z[\]_a-z~]+$/.test(source)) {
    const help = "write a URI, such as `https://desk.example/audit`";
    mistakes.push({ message: `\`--${sourceOption.name}\` is no URI`, help });
  }
  if (mistakes.length > 0) throw new UsageError(mistakes);
}

export interface ReadFilter {
  readonly filter: AuditFilter;
  /** For the log of reads: values that tell of a person are not in it. */
  readonly told: Readonly<Record<string, string | number | boolean>>;
}

/** @throws UsageError where a time is none */
export function readFilter(args: Arguments, now: number): ReadFilter {
  const since = readTime(args, sinceOption, now);
  const until = readTime(args, untilOption, now);
  if (since !== undefined && until !== undefined && since >= until) {
    const help = "no event can fit; write the earlier one behind `--since`";
    throw new UsageError([{ message: "`--since` is not before `--until`", help }]);
  }
  const given = (name: string) => args.options.get(name)?.[0];
  const texts = Object.fromEntries(
    [...Object.keys(plainFilters), decisionOption.name].flatMap((name) => {
      const value = given(name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
  checkIds(texts);
  const open = ["route", "category", "type", "decision"];
  const told = Object.fromEntries(
    Object.entries(texts).map(([name, value]) => [
      name,
      open.includes(name) ? value.slice(0, 256) : true,
    ]),
  );
  return {
    filter: { ...texts, since, until },
    told: {
      ...told,
      ...(since === undefined ? {} : { since: new Date(since).toISOString() }),
      ...(until === undefined ? {} : { until: new Date(until).toISOString() }),
    },
  };
}

/** What can be no trace would find nothing, and look as if there were nothing. */
function checkIds({ trace }: Readonly<Record<string, string | undefined>>): void {
  if (trace === undefined || /^[0-9a-fA-F]{32}$/.test(trace)) return;
  const help = `write the 32 digits of its id, not \`${visible(trace.slice(0, 64))}\``;
  throw new UsageError([{ message: "`--trace` is no id of a trace", help }]);
}
