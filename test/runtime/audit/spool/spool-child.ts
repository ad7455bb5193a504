import { createPrivateKey } from "node:crypto";
import { writeSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { openSpool } from "../../../../runtime/audit/spool/open-spool.js";
import { createNoteSigner } from "../../../../runtime/audit/spool/signed-note.js";
import type { Cursor, Spool } from "../../../../runtime/audit/spool/spool.js";
import { lineOf } from "./spool-lines.js";

/** What the parent is told, one line each: it keeps the books of what was promised. */
export interface ChildOrder {
  readonly folder: string;
  /** PEM of an Ed25519 key. */
  readonly key: string;
  readonly rounds: number;
  /** Released segments are delivered first. */
  readonly releases: "none" | "some";
}

const order: ChildOrder = JSON.parse(process.argv[2] ?? "{}");
const spool = await openSpool({
  folder: order.folder,
  categories: { auth: { overflow: "fail_closed" }, access: { overflow: "drop_newest" } },
  limits: { soft: 2 ** 40, hard: 2 ** 41, reserve: 8192 },
  onAlert: ({ code, detail }) => tell(`alert ${code} ${detail ?? ""}`),
  signers: [createNoteSigner("test", createPrivateKey(order.key))],
  segmentBytes: 8192,
  groupCommit: { milliseconds: 2, bytes: 4096 },
  checkpoint: { events: 20, seconds: 60 },
});
tell("open");
let cursor: Cursor | undefined;
for (let round = 0; round < order.rounds; round += 1) {
  spool.accept({ category: "access", ...eventOf(`a-${round}`, round) });
  await Promise.all(
    [0, 1, 2].map((index) => promise(`c-${round}-${index}`, (round * 7 + index) % 90)),
  );
  if (order.releases === "some" && round % 15 === 14) cursor = await deliver(spool, cursor);
}
// Long enough for a failure that passes to have passed.
for (let waits = 0; spool.isFailing() && waits < 20; waits += 1) await wait(25);
await spool.close().then(
  () => tell("closed"),
  () => tell("failed"),
);
tell(`counts ${JSON.stringify(spool.counts())}`);

async function promise(id: string, length: number): Promise<void> {
  await spool.commit({ category: "auth", ...eventOf(id, length) }).then(
    () => tell(`ack ${id}`),
    () => tell(`no ${id}`),
  );
}

/** Tells of all that is durable, then lets the spool forget what it can. */
async function deliver(spool: Spool, from: Cursor | undefined): Promise<Cursor> {
  const { records, next } = await spool.read({ from, max: 10_000 });
  for (const { kind, id } of records) if (kind === "event") tell(`delivered ${id}`);
  await spool.release({ passed: [next], floorMilliseconds: 0 }).catch(() => 0);
  return next;
}

function eventOf(id: string, length: number) {
  return { id, line: lineOf(id, length) };
}

/** At once, so that what was told is out when the process is killed. */
function tell(line: string): void {
  writeSync(1, `${line}\n`);
}
