import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createPolicyAudit } from "@gatewright/runtime/abi/audit";
import { afterEach, expect, it } from "vitest";
import { nodeFiles } from "../../../../runtime/audit/spool/spool-files.js";
import type { LoosePolicy } from "../../../agreement/loose-policy.js";
import { logPolicy, openLogDesk } from "./log-desk.js";
import type { LogDesk } from "./log-desk.js";

const START = Date.UTC(2026, 0, 2, 3, 4, 5);
const HOUR = 3_600_000;
const MEMORY = 64 * 1024;

const snapshot = logPolicy(`
log: {}
categories:
  auth: { overflow: fail_closed, blockMilliseconds: 10000 }
  config_change: { overflow: fail_closed }
events:
  at.auth: { category: auth, fields: { text: { type: string, class: public, maxLength: 16384 } } }
  at.business: { fields: { text: { type: string, class: public } } }
`);

let desk: LogDesk | undefined;
let cwd = "";
afterEach(async () => {
  await desk?.close();
  rmSync(cwd, { recursive: true, force: true });
});

/** By how much the system's clock is off after so many milliseconds. */
const clocks: readonly (readonly [string, (passed: number) => number])[] = [
  ["runs well", () => 0],
  ["runs fast", (passed) => passed * 200e-6],
  ["runs slow", (passed) => -passed * 200e-6],
  ["is set back by an hour", (passed) => (passed < 500 ? 0 : -HOUR)],
  ["is set forward by an hour", (passed) => (passed < 500 ? 0 : HOUR)],
  ["repeats a second", (passed) => (passed < 500 ? 0 : -1000)],
  ["stands still", (passed) => -passed],
];

it.each(clocks)(
  "tells times in the order of its numbers, also of what waited for room, by a clock that %s",
  async (_name, offsetAt) => {
    cwd = mkdtempSync(join(tmpdir(), "gatewright-log-"));
    const began = performance.now();
    const files = {
      ...nodeFiles,
      async sync(file: number) {
        await wait(20);
        await nodeFiles.sync(file);
      },
    };
    const passed = () => performance.now() - began;
    desk = await openLogDesk(snapshot, {
      cwd,
      now: () => START + passed() + offsetAt(passed()),
      spool: { files, memoryBytes: MEMORY },
      environment: {},
    });
    const audit = createPolicyAudit<LoosePolicy, Record<string, object>>(snapshot, desk.gate);
    const waiting: Promise<unknown>[] = [];
    const [large, small] = ["x".repeat(16_000), "x"];
    while (passed() < 1000) {
      // The memory holds some of them; what is small finds room before those that wait.
      for (let index = 0; index < 4; index += 1) {
        waiting.push(audit.commit("at.auth", { text: large }));
        waiting.push(desk.send("/orders/7/refund", { method: "POST" }));
        audit.record("at.business", { text: small });
      }
      await wait(15);
      audit.record("at.business", { text: small });
    }
    await Promise.all(waiting);
    await desk.close();
    desk = undefined;

    const lines = readFileSync(join(cwd, "audit/events.jsonl"), "utf8").trimEnd().split("\n");
    const events = lines.map((line): Told => JSON.parse(line));
    expect(events.filter(({ type }) => type === "at.auth").length).toBeGreaterThan(20);
    const numbers = events.map(({ sequence }) => sequence);
    expect(numbers).toEqual(numbers.toSorted((one, other) => one - other));
    const observed = events.map(({ observedTime }) => observedTime);
    expect(observed).toEqual(observed.toSorted());
    expect(events.filter(({ time, observedTime }) => time > observedTime)).toEqual([]);
    // An event that waited tells when it happened, not only when there was room.
    const auth = events.filter(({ type }) => type === "at.auth");
    expect(auth.some(({ time, observedTime }) => time < observedTime)).toBe(true);
    const isSetBack = offsetAt(HOUR) === -HOUR && offsetAt(1) === 0;
    expect(events.some(({ clock }) => clock.source === "monotonic")).toBe(isSetBack);
  },
  30_000,
);

interface Told {
  readonly type: string;
  readonly sequence: number;
  readonly time: string;
  readonly observedTime: string;
  readonly clock: { readonly source: string };
}

function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}
