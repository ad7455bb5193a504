import { readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import {
  audit,
  fillSink,
  fillSpool,
  idOf,
  lines,
  linesOf,
  request,
  textOf,
  write,
} from "./audit-desk.js";
import { safeJson } from "../../generator/commands/audit-words.js";
import { createProject } from "./create-project.js";
import { runGatewright } from "./run-gatewright.js";

const folder = createProject({});
const path = (name: string) => join(folder, name);

beforeAll(async () => {
  await fillSpool(path("audit"));
  await fillSink(path("jsonl/events.jsonl"), "jsonl");
  await fillSink(path("sqlite/events.db"), "sqlite");
});

describe("audit query", () => {
  it.each(["audit", "audit/spool", "jsonl/events.jsonl", "sqlite/events.db"])(
    "gives the lines of %s as they are",
    (from) => {
      const run = audit(folder, "query", "--json", "--from", from);
      expect({ status: run.status, stderr: run.stderr }).toEqual({ status: 0, stderr: "" });
      expect(run.stdout).toBe(`${lines.map(textOf).join("\n")}\n`);
    },
  );

  it("reads `audit` where nothing is said, and there the spool or else requests.jsonl", async () => {
    expect(linesOf(audit(folder, "query", "--json"))).toEqual(lines);
    const simple = createProject({});
    write(join(simple, "audit/requests.jsonl"), `${textOf(request(1, "ada", "allow", 200))}\n`);
    expect(linesOf(audit(simple, "query", "--json"))).toHaveLength(1);
  });

  it.each<readonly [readonly string[], readonly number[]]>([
    [["--actor", "bob"], [1]],
    [["--actor", "robot"], [2]],
    [
      ["--tenant", "north"],
      [2, 4],
    ],
    [["--route", "DELETE /orders/:id"], [8]],
    [["--decision", "deny"], [1]],
    [["--decision", "none"], [3]],
    [["--category", "money"], [4]],
    [
      ["--type", "session.*"],
      [5, 6, 7],
    ],
    [["--type", "session.ended"], [7]],
    [["--type", "decision"], [8]],
    [
      ["--id", idOf(0)],
      [0, 4, 5, 6, 7, 8],
    ],
    [["--trace", "0AF7651916CD43DD8448EB211C80319C"], [4]],
    [
      ["--since", "2026-01-01T00:00:09Z"],
      [9, 10],
    ],
    [["--until", "2026-01-01T01:00:01+01:00"], [0]],
    [
      ["--since", "2026-01-01T00:00:01Z", "--until", "2026-01-01T00:00:03Z"],
      [1, 2],
    ],
    [
      ["--actor", "ada", "--decision", "allow", "--limit", "2"],
      [0, 2],
    ],
    [["--since", "15m"], []],
    [["--actor", "nobody"], []],
  ])("finds by %j", (filters, expected) => {
    const run = audit(folder, "query", "--json", ...filters);
    expect(run.status).toBe(0);
    expect(linesOf(run)).toEqual(expected.map((index) => lines[index]));
  });

  it("reads the files that the sink set aside before the one that is there", async () => {
    const file = path("rotated/events.jsonl");
    for (const [index, stamp] of [
      "20260101T000000.000Z",
      "20260101T000000.000Z-2",
      "20260101T000000.000Z-10",
    ].entries()) {
      await fillSink(file, "jsonl", [lines[index] ?? {}]);
      renameSync(file, `${file}.${stamp}`);
    }
    await fillSink(file, "jsonl", [lines[3] ?? {}]);
    write(`${file}.bak`, "not one of them\n");
    const run = audit(folder, "query", "--json", "--from", "rotated/events.jsonl");
    expect(linesOf(run)).toEqual(lines.slice(0, 4));
  });

  it("shows a line that a terminal cannot be made to obey", () => {
    const odd = "\u001b[2J\u009b1m\u007f\u202e\u200b\u2066\ufeff\u115f\n";
    const line = {
      ...request(0, odd, "allow", 200),
      route: odd,
      rule: odd,
      type: odd,
      data: { odd },
    };
    write(path("odd.jsonl"), `${textOf(line)}\n`);
    const { stdout } = audit(folder, "query", "--from", "odd.jsonl");
    expect(stdout.split("\n")).toHaveLength(2);
    expect(stdout.trimEnd()).not.toMatch(/[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]/u);
    expect(stdout).toContain("\\u001b[2J\\u009b1m\\u007f\\u202e\\u200b");
  });

  it("escapes JSON for a terminal so that it means the same", () => {
    const line = JSON.stringify({
      a: "\u007f\u009b\u202e\u{e0041}\u{1f600} plain",
      "\u200b": "\u2028",
    });
    expect(safeJson(line)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}]/u);
    expect(safeJson(line)).toContain("\u{1f600} plain");
    expect(JSON.parse(safeJson(line))).toEqual(JSON.parse(line));
  });

  it("says of an event who did what, how it was decided, and why", () => {
    const { stdout } = audit(folder, "query");
    const shown = stdout.split("\n");
    expect(shown).toHaveLength(lines.length + 1);
    expect(shown[1]).toMatch(
      /^2026-01-01T00:00:01\.\d+Z +request +deny +403 +bob +GET \/orders +reason=forbidden/,
    );
    expect(shown[2]).toContain("ada (by robot) @north");
    expect(shown[4]).toMatch(
      /order\.refunded .* orders\/7 .*data=\{"amount":12\.5,"note":"\[MASKED\]"\}/,
    );
  });
});

describe("hostile and damaged files", () => {
  it("passes over what is no line, counts it, and shows the rest", () => {
    const good = textOf(request(0, "ada", "allow", 200));
    const deep = `${'{"a":'.repeat(200_000)}1${"}".repeat(200_000)}`;
    const proto = `{"__proto__":{"decision":"allow"},"constructor":1,"id":"p","time":"2026-01-01T00:00:00Z"}`;
    const parts = [
      Buffer.from(`${good}\nnot json\n[1]\nnull\n"x"\n\n\r\n${proto}\n${deep}\n`),
      Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d, 0x0a]),
      Buffer.alloc(17 * 1024 * 1024, 0x78),
      Buffer.from(`\n${good}\n{"type":"req`),
    ];
    write(path("bad/log.jsonl"), Buffer.concat(parts));
    const run = audit(folder, "query", "--json", "--from", "bad/log.jsonl");
    expect(run.status).toBe(1);
    expect(run.stdout).toBe(`${good}\n${proto}\n${deep}\n${good}\n`);
    expect(run.stderr).toMatch(/1 record was passed over: not JSON, in `log\.jsonl` at \d+/);
    expect(run.stderr).toMatch(/3 records were passed over: JSON, but no object/);
    expect(run.stderr).toMatch(/1 record was passed over: not UTF-8/);
    expect(run.stderr).toMatch(/1 record was passed over: longer than 16 MiB/);
    expect(run.stderr).toMatch(/1 record was passed over: cut off at the end/);
    expect(
      linesOf(audit(folder, "query", "--json", "--decision", "allow", "--from", "bad/log.jsonl")),
    ).toHaveLength(2);
    for (const format of ["ocsf", "ecs", "cloudevents", "jsonl"]) {
      const exported = audit(folder, "export", "--format", format, "--from", "bad/log.jsonl");
      expect(exported.status).toBe(1);
      expect(exported.stderr).not.toContain("internal error");
    }
    expect(audit(folder, "stats", "--from", "bad/log.jsonl").stderr).not.toContain(
      "internal error",
    );
    expect(audit(folder, "tail", "--from", "bad/log.jsonl").stdout.split("\n")).toHaveLength(5);
  });

  it("takes a last line without its line feed, and calls it torn where it is not whole", () => {
    const good = textOf(request(0, "ada", "allow", 200));
    write(path("end.jsonl"), `${good}\n${good}`);
    const whole = audit(folder, "query", "--json", "--from", "end.jsonl");
    expect([whole.status, linesOf(whole).length, whole.stderr]).toEqual([0, 2, ""]);
    write(path("torn.jsonl"), `${good}\n${good.slice(0, 50)}`);
    const torn = audit(folder, "query", "--json", "--from", "torn.jsonl");
    expect([torn.status, linesOf(torn).length]).toEqual([0, 1]);
    expect(torn.stderr).toContain("cut off at the end");
  });

  it("passes over the damage in a spool, and a torn end", async () => {
    await fillSpool(path("rot"));
    const file = path("rot/spool/segment-000000000001");
    const bytes = readFileSync(file);
    const at = bytes.indexOf("bob");
    write(file, Buffer.concat([bytes.subarray(0, at), Buffer.from("eve"), bytes.subarray(at + 3)]));
    const run = audit(folder, "query", "--json", "--from", "rot");
    expect(run.status).toBe(1);
    expect(run.stderr).toContain("1 record was passed over: damaged, in `segment-000000000001` at");
    expect(linesOf(run)).toEqual(lines.filter((_line, index) => index !== 1));
  });

  it("keeps its memory bounded on a large file", () => {
    const line = `${textOf(request(0, "ada", "allow", 200))}\n`;
    const block = line.repeat(2000);
    write(path("large.jsonl"), block.repeat(100));
    // 100 MiB of lines would not fit.
    const options = { NODE_OPTIONS: "--max-old-space-size=48" };
    const run = auditWith(options, "query", "--decision", "deny", "--from", "large.jsonl");
    expect([run.status, run.stdout, run.stderr]).toEqual([0, "", ""]);
    expect(auditWith(options, "stats", "--json", "--from", "large.jsonl").status).toBe(0);
    expect(
      auditWith(options, "export", "--format", "ecs", "--limit", "50000", "--from", "large.jsonl")
        .status,
    ).toBe(0);
  });
});

describe("careless command lines", () => {
  it.each<readonly [readonly string[], number, string]>([
    [
      ["query", "--from", "nowhere"],
      1,
      "there is no file or folder `nowhere`\n  write `--from PATH`",
    ],
    [["query", "--from", "empty"], 1, "there is no audit log in `empty`"],
    [["query", "--from", "jsonl"], 1, "write `--from jsonl/events.jsonl` to read that file"],
    [["query", "--from", "/dev/null"], 1, "neither a file nor a folder"],
    [
      ["query", "--since", "yesterday"],
      2,
      "`--since` is neither a time nor a duration\n  write a time",
    ],
    [["query", "--since", "2026-01-01"], 2, "`--since` is neither a time nor a duration"],
    [["query", "--since", "2026-02-30T00:00:00Z"], 2, "neither a time nor a duration"],
    [["query", "--since", "2026-01-01T00:00:00"], 2, "with its offset"],
    [["query", "--since", "1h", "--until", "2h"], 2, "`--since` is not before `--until`"],
    [
      ["query", "--decision", "denied"],
      2,
      "`--decision` cannot be `denied`\n  write one of allow, deny, none",
    ],
    [["query", "--trace", "xyz"], 2, "`--trace` is no id of a trace"],
    [["query", "--limit", "0"], 2, "`--limit` is not such a number"],
    [["tail", "-n", "many"], 2, "`--lines` is not such a number"],
    [["query", "--follow"], 2, "it belongs to `audit tail`"],
    [["stats", "--key", "x"], 2, "it belongs to `audit verify`"],
    [["export"], 2, "`audit export` needs a format"],
    [["export", "--format", "ecs", "--json"], 2, "every shape is JSON"],
    [["export", "--format", "cloudevents", "--source", "a b"], 2, "`--source` is no URI"],
    [["export", "--format", "csv"], 2, "`--format` cannot be `csv`"],
    [["look"], 2, "there is no action `look`\n  write one of tail, query"],
  ])("%j ends with %i", (args, status, message) => {
    write(path("empty/.keep"), "");
    const run = audit(folder, ...args);
    expect([run.status, run.stdout]).toEqual([status, ""]);
    expect(run.stderr).toContain(message);
  });

  it("says that a SQLite file is damaged further on, and shows what is before", async () => {
    const some = Array.from({ length: 2000 }, (_, index) => request(index, "ada", "allow", 200));
    await fillSink(path("rotten/events.db"), "sqlite", some);
    const bytes = readFileSync(path("rotten/events.db"));
    bytes.fill(0xff, Math.floor(bytes.length / 3));
    write(path("rotten/events.db"), bytes);
    const run = audit(folder, "query", "--json", "--from", "rotten/events.db");
    expect(run.status).toBe(1);
    expect(run.stderr).toMatch(/`rotten\/events\.db` cannot be read (?:on|as a SQLite file)/);
    expect(run.stderr).not.toContain("internal error");
  });

  it("names what a SQLite file lacks", () => {
    const sqlite = Buffer.concat([Buffer.from("SQLite format 3\0"), Buffer.alloc(100)]);
    write(path("broken.db"), sqlite);
    const run = audit(folder, "query", "--from", "broken.db");
    expect(run.status).toBe(1);
    expect(run.stderr).toMatch(/`broken\.db` (?:cannot be read as|is) a SQLite file/);
  });
});

function auditWith(environment: NodeJS.ProcessEnv, ...args: readonly string[]) {
  return runGatewright(folder, ["audit", ...args], environment);
}
