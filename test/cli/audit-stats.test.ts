import { chmodSync, mkdirSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openDelivery, refuseRecords } from "@gatewright/runtime/audit/delivery";
import type { AuditSink } from "@gatewright/runtime/audit/delivery";
import {
  accept,
  audit,
  fillSink,
  fillSpool,
  lines,
  linesOf,
  openDeskSpool,
  request,
  textOf,
  write,
} from "./audit-desk.js";
import { createProject } from "./create-project.js";

describe("audit stats", () => {
  it("counts who did what, and how it was decided", async () => {
    const folder = createProject({});
    await fillSpool(join(folder, "audit"));
    const run = audit(folder, "stats", "--json");
    expect(run.status).toBe(0);
    expect(JSON.parse(run.stdout)).toMatchObject({
      command: "audit",
      exitCode: 0,
      action: "stats",
      events: 11,
      first: lines[0]?.["time"],
      last: lines[10]?.["time"],
      categories: [
        { name: "request", count: 10 },
        { name: "money", count: 1 },
      ],
      decisions: [
        { name: "allow", count: 3 },
        { name: "deny", count: 1 },
        { name: "none", count: 1 },
      ],
      statuses: [
        { name: "2xx", count: 2 },
        { name: "4xx", count: 2 },
      ],
      denials: [{ name: "GET /orders  forbidden", count: 1 }],
      numbers: { epochs: 1, missing: 0, unexplained: 0 },
      sinks: [],
      passed: {},
    });
    const text = audit(folder, "stats", "--actor", "ada", "--top", "1").stdout;
    expect(text).toMatch(/^7 events, 2026-01-01T00:00:00\.000456789Z to /);
    expect(text).toContain("actors\n  7  ada\n");
  });

  it("tells numbers that a gap record accounts for from those that none does", async () => {
    const folder = createProject({});
    const spool = await openDeskSpool(join(folder, "audit"), { eventBytes: 1000 });
    await accept(spool, lines.slice(0, 2));
    const large = {
      category: "request",
      id: "large",
      line: textOf({ ...request(9, "ada", "allow", 200), more: "x".repeat(2000) }),
    };
    await spool.commit(large).catch(() => undefined);
    await accept(spool, lines.slice(2));
    await spool.close();
    const { numbers } = JSON.parse(audit(folder, "stats", "--json").stdout);
    expect(numbers.recorded).toEqual({ dropped: 0, rejected: 1, spilled: 0 });
    expect(numbers.unexplained).toBe(0);
    const file = join(folder, "audit/spool/segment-000000000001");
    const bytes = readFileSync(file);
    const at = bytes.indexOf("bob");
    bytes[at] = 0;
    write(file, bytes);
    const damaged = audit(folder, "stats", "--json");
    expect(damaged.status).toBe(1);
    expect(JSON.parse(damaged.stdout)).toMatchObject({
      exitCode: 1,
      numbers: { unexplained: 1 },
      passed: { damaged: 1 },
    });
  });

  it("explains no missing number of a sink, which may have been given less", async () => {
    const folder = createProject({});
    await fillSink(join(folder, "events.db"), "sqlite");
    const { numbers } = JSON.parse(audit(folder, "stats", "--json", "--from", "events.db").stdout);
    expect(numbers).toMatchObject({ epochs: 1, missing: 0, unexplained: null });
  });

  it("tells how far every sink is behind, and of its dead letters", async () => {
    const folder = createProject({});
    const spool = await openDeskSpool(join(folder, "audit"));
    await accept(spool, lines);
    const taken: string[] = [];
    const sink: AuditSink = {
      kind: "memory",
      async deliver({ records }) {
        const refused = records.filter(({ line }) => line.includes("bob")).map(({ id }) => id);
        const others = records.filter(({ id }) => !refused.includes(id));
        taken.push(...others.map(({ id }) => id));
        if (refused.length > 0) throw refuseRecords(new Map(refused.map((id) => [id, "bad"])));
      },
      close: async () => undefined,
    };
    const delivery = await openDelivery({
      name: "siem",
      sink,
      source: { read: (options) => spool.read(options), durable: () => spool.counts().durable },
      folder: join(folder, "audit/sinks"),
      onAlert: () => undefined,
    });
    while (taken.length < lines.length - 1) await new Promise((resolve) => setTimeout(resolve, 20));
    await delivery.close();
    await accept(spool, lines.slice(0, 4));
    await spool.close();
    write(join(folder, "audit/sinks/broken.cursor"), "no state");
    const { sinks } = JSON.parse(audit(folder, "stats", "--json").stdout);
    expect(sinks).toMatchObject([
      { name: "broken", state: "unreadable" },
      {
        name: "siem",
        state: "read",
        delivered: lines.length - 1,
        deadLettered: 1,
        missed: 0,
        behind: 4,
      },
    ]);
    expect(audit(folder, "stats").stdout).toMatch(
      /siem +4 behind, 10 delivered, 1 dead letters, 0 missed/,
    );
  });
});

describe("the log of reads", () => {
  it("has two lines of every read: who and what for before it, and how it ended", async () => {
    const folder = createProject({});
    await fillSpool(join(folder, "audit"));
    const runs = [
      [
        "query",
        "--actor",
        "ada",
        "--tenant",
        "north",
        "--decision",
        "allow",
        "--since",
        "2026-01-01T00:00:00Z",
      ],
      ["tail", "-n", "3"],
      ["stats"],
      ["export", "--format", "ecs", "--limit", "2"],
      ["verify"],
    ];
    for (const args of runs) expect(audit(folder, ...args).status).toBe(0);
    const path = join(folder, "audit/reads.jsonl");
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const reads = readsOf(folder);
    expect(reads).toHaveLength(10);
    expect(
      reads.filter(({ type }) => type === "audit.read").map(({ data }) => data.command),
    ).toEqual(runs.map(([action]) => action));
    expect(reads[0]).toMatchObject({
      type: "audit.read",
      category: "audit",
      principal: { id: userInfo().username },
      data: {
        command: "query",
        from: "audit",
        uid: userInfo().uid,
        filters: {
          actor: true,
          tenant: true,
          decision: "allow",
          since: "2026-01-01T00:00:00.000Z",
        },
      },
    });
    // Whom somebody looked for is itself personal data.
    expect(readFileSync(path, "utf8")).not.toMatch(/"ada"|north/);
    expect(reads[1]).toMatchObject({
      type: "audit.read-ended",
      id: reads[0].id,
      data: { exitCode: 0, events: 1 },
    });
    expect(reads[7]).toMatchObject({ data: { events: 2 } });
  });

  it("can be read as any other, and that is logged as well", async () => {
    const folder = createProject({});
    await fillSpool(join(folder, "audit"));
    audit(folder, "stats");
    const run = audit(
      folder,
      "query",
      "--json",
      "--type",
      "audit.*",
      "--from",
      "audit/reads.jsonl",
    );
    expect(linesOf(run).map(({ type }) => type)).toEqual([
      "audit.read",
      "audit.read-ended",
      "audit.read",
    ]);
  });

  it("lies beside a file that is read, and in the folder of a spool", async () => {
    const folder = createProject({});
    await fillSink(join(folder, "files/events.jsonl"), "jsonl");
    await fillSpool(join(folder, "audit"));
    audit(folder, "stats", "--from", "files/events.jsonl");
    audit(folder, "stats", "--from", "audit/spool");
    expect(readsOf(folder, "files/reads.jsonl")).toHaveLength(2);
    expect(readsOf(folder)).toHaveLength(2);
  });

  it.each<readonly [string, (path: string) => void]>([
    ["a folder", (path) => mkdirSync(path)],
    ["a link", (path) => symlinkSync("/dev/null", path)],
  ])("is not left out: where %s is in its place, the read is refused", async (_what, put) => {
    const folder = createProject({});
    await fillSpool(join(folder, "audit"));
    put(join(folder, "audit/reads.jsonl"));
    for (const action of ["query", "tail", "stats", "verify"]) {
      const run = audit(folder, action);
      expect([run.status, run.stdout]).toEqual([1, ""]);
      expect(run.stderr).toContain("this read cannot be logged in `audit/reads.jsonl`");
      expect(run.stderr).toContain("write `--unlogged` if it is a copy");
    }
    const unlogged = audit(folder, "query", "--unlogged", "--json");
    expect([unlogged.status, linesOf(unlogged).length]).toEqual([0, lines.length]);
    expect(unlogged.stderr).toContain("it is done unlogged");
  });

  it("is written with `--unlogged` too, where that is possible", async () => {
    const folder = createProject({});
    await fillSpool(join(folder, "audit"));
    expect(audit(folder, "query", "--unlogged").stderr).toBe("");
    expect(readsOf(folder)).toHaveLength(2);
  });

  it("goes on after a line that a crash cut off", async () => {
    const folder = createProject({});
    await fillSpool(join(folder, "audit"));
    write(join(folder, "audit/reads.jsonl"), '{"type":"audit.re');
    chmodSync(join(folder, "audit/reads.jsonl"), 0o600);
    audit(folder, "stats");
    const run = audit(folder, "query", "--json", "--from", "audit/reads.jsonl");
    expect(linesOf(run)).toHaveLength(3);
  });
});

// `any`: what a reader of the file finds.
function readsOf(folder: string, path = "audit/reads.jsonl"): readonly any[] {
  return linesOf({ status: 0, stdout: readFileSync(join(folder, path), "utf8"), stderr: "" });
}
