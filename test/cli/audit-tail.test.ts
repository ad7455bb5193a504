import { spawn } from "node:child_process";
import { appendFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { openJsonlFileSink } from "@gatewright/runtime/audit/jsonl";
import { openSqliteSink } from "@gatewright/runtime/audit/sqlite";
import {
  accept,
  audit,
  fillSink,
  fillSpool,
  idOf,
  lines,
  linesOf,
  openDeskSpool,
  request,
  textOf,
  write,
} from "./audit-desk.js";
import { createProject } from "./create-project.js";
import { gatewrightCommand, plainEnvironment } from "./run-gatewright.js";

const many = Array.from({ length: 60 }, (_, index) => request(index, "ada", "allow", 200));
const stopped: (() => void)[] = [];
afterEach(() => stopped.splice(0).forEach((stop) => stop()));

/** `audit tail --follow`, as somebody runs it. */
function follow(folder: string, ...args: readonly string[]) {
  const [node, script] = gatewrightCommand;
  const options = { cwd: folder, env: plainEnvironment };
  const child = spawn(node, [script, "audit", "tail", "--follow", "--json", ...args], options);
  stopped.push(() => child.kill("SIGKILL"));
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  const ids = () => linesOf({ status: 0, stdout, stderr }).map(({ id }) => id);
  return {
    /** Resolves when so many events were shown; the time limit of the test is the other end. */
    async shown(count: number) {
      while (ids().length < count) {
        if (child.exitCode !== null) throw new Error(`it has ended: ${stderr}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      return ids();
    },
    async interrupt() {
      child.kill("SIGINT");
      return { status: await ended, ids: ids(), stderr };
    },
  };
}

const idsOf = (some: readonly { readonly id?: unknown }[]) => some.map(({ id }) => id);

describe("audit tail", () => {
  it("shows the last ten, or as many as are asked for, of every kind of source", async () => {
    const folder = createProject({});
    await fillSpool(join(folder, "audit"), many);
    await fillSink(join(folder, "files/events.jsonl"), "jsonl", many);
    await fillSink(join(folder, "files/events.db"), "sqlite", many);
    for (const from of ["audit", "files/events.jsonl", "files/events.db"]) {
      const shown = (...args: readonly string[]) =>
        linesOf(audit(folder, "tail", "--json", "--from", from, ...args));
      expect(shown()).toEqual(many.slice(-10));
      expect(shown("-n", "45")).toEqual(many.slice(-45));
      expect(shown("--lines", "2", "--until", "2026-01-01T00:00:05Z")).toEqual(many.slice(3, 5));
      expect(shown("-n", "1000")).toEqual(many);
    }
  });

  it("reads of a large file the end alone, line by line the same as all of it", () => {
    const folder = createProject({});
    const some = Array.from({ length: 50_000 }, (_, index) => request(index, "ada", "allow", 200));
    write(join(folder, "log.jsonl"), `${some.map(textOf).join("\n")}\n`);
    const tail = (count: number) =>
      linesOf(audit(folder, "tail", "--json", "--from", "log.jsonl", "-n", String(count)));
    expect(idsOf(tail(3))).toEqual(idsOf(some.slice(-3)));
    expect(idsOf(tail(30_000))).toEqual(idsOf(some.slice(-30_000)));
    expect(idsOf(linesOf(audit(folder, "query", "--json", "--from", "log.jsonl")))).toEqual(
      idsOf(some),
    );
  });
});

describe("audit tail --follow", () => {
  it("goes on with new segments of a spool that a service writes to, and ends at SIGINT", async () => {
    const folder = createProject({});
    const spool = await openDeskSpool(join(folder, "audit"));
    await accept(spool, many.slice(0, 3));
    const tail = follow(folder, "-n", "2");
    await tail.shown(2);
    await accept(spool, many.slice(3));
    await tail.shown(59);
    await spool.close();
    const again = await openDeskSpool(join(folder, "audit"));
    await accept(again, lines);
    await tail.shown(59 + lines.length);
    await again.close();
    const { status, ids, stderr } = await tail.interrupt();
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(ids).toEqual(idsOf([...many.slice(1), ...lines]));
    expect(readFileSync(join(folder, "audit/reads.jsonl"), "utf8")).toContain('"audit.read-ended"');
  });

  it("goes on after a JSONL file is set aside, however often", async () => {
    const folder = createProject({});
    const path = join(folder, "events.jsonl");
    let sequence = 0;
    // So small that every batch is a file.
    const sink = await openJsonlFileSink({ path, rotate: { bytes: 1000 } });
    const deliver = (some: readonly (typeof many)[number][]) =>
      sink.deliver(
        {
          key: "k",
          records: some.map((line) => {
            sequence += 1;
            return {
              id: String(line["id"]),
              epoch: 1,
              sequence,
              category: "request",
              line: textOf(line),
            };
          }),
        },
        new AbortController().signal,
      );
    await deliver(many.slice(0, 2));
    const tail = follow(folder, "--from", "events.jsonl");
    await tail.shown(2);
    for (let index = 2; index < 30; index += 1) await deliver(many.slice(index, index + 1));
    await tail.shown(30);
    await deliver(many.slice(30, 31));
    expect(await tail.shown(31)).toEqual(idsOf(many.slice(0, 31)));
    await sink.close();
    expect((await tail.interrupt()).status).toBe(0);
  });

  it("waits for the rest of a line, and for a file that is begun anew", async () => {
    const folder = createProject({});
    const path = join(folder, "log.jsonl");
    const [one, two, three] = many.map(textOf);
    write(path, `${one}\n${two?.slice(0, 30)}`);
    const tail = follow(folder, "--from", "log.jsonl", "--type", "request");
    await tail.shown(1);
    appendFileSync(path, `${two?.slice(30)}\n`);
    await tail.shown(2);
    write(path, `${three}\n`);
    expect(await tail.shown(3)).toEqual([idOf(0), idOf(1), idOf(2)]);
    const { status, stderr } = await tail.interrupt();
    expect(status).toBe(0);
    expect(stderr).toContain("begun anew while it was read");
  });

  it("goes on with the rows of a SQLite file", async () => {
    const folder = createProject({});
    const path = join(folder, "events.db");
    await fillSink(path, "sqlite", many.slice(0, 4));
    const tail = follow(folder, "--from", "events.db", "-n", "1");
    await tail.shown(1);
    const sink = openSqliteSink({ path });
    const record = { epoch: 1, category: "request" };
    const records = many.slice(4, 8).map((line, index) => ({
      ...record,
      id: `more-${index}`,
      sequence: 5 + index,
      line: textOf(line),
    }));
    await sink.deliver({ key: "k", records }, new AbortController().signal);
    await sink.close();
    expect(await tail.shown(5)).toEqual(idsOf(many.slice(3, 8)));
    expect((await tail.interrupt()).status).toBe(0);
  });
});
