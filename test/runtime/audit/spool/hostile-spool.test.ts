import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { createFrame, fieldsOf, framesOf, kinds } from "../../../../runtime/audit/spool/frame.js";
import type { FrameFields, Kind } from "../../../../runtime/audit/spool/frame.js";
import { verifySpool } from "../../../../runtime/audit/spool/verify-spool.js";
import { createMemoryFiles } from "./memory-files.js";
import { keys, openCase } from "./spool-cases.js";
import { lineOf } from "./spool-lines.js";

// CI tries 400 changes; SPOOL_HOSTILE=20000 is the full size.
const RUNS = Number(process.env["SPOOL_HOSTILE"] ?? 400);

let disk: ReadonlyMap<string, Buffer>;
let outside: string | undefined;
beforeAll(async () => {
  const files = createMemoryFiles();
  const options = { folder: "/spool", files, checkpoint: { events: 10, seconds: 60 } };
  for (const epoch of [1, 2]) {
    const spool = await openCase({ ...options, eventBytes: 400 });
    for (let index = 0; index < 30; index += 1) {
      const id = `${epoch}-${index}`;
      // Some are too large, so that there are gaps.
      const event = { category: "auth", id, line: lineOf(id, index % 9 === 4 ? 400 : 40) };
      await spool.commit(event).catch(() => undefined);
    }
    await spool.close();
    outside = spool.checkpoint();
  }
  disk = files.content();
});

const change = fc.record({
  segment: fc.nat(),
  frame: fc.nat(),
  kind: fc.option(fc.constantFrom(...(Object.keys(kinds) as readonly Kind[]))),
  epoch: fc.option(fc.constantFrom(0, 1, 2, 3, 0xffff_ffff)),
  sequence: fc.option(fc.oneof(fc.nat(40), fc.maxSafeNat())),
  line: fc.option(
    fc.oneof(
      fc.constantFrom("", "null", "[]", "{}", "\n\n", '{"through":9e9}'),
      fc.record({
        at: fc.nat(),
        by: fc.constantFrom("null", "{}", "9e15", "-1", '"x"', "[[]]", "[null]"),
      }),
    ),
  ),
});

/** In place of the last checkpoint: it would excuse every loss. */
const releaseOfAll = {
  segment: 423_838_181,
  frame: 790_928_351,
  kind: "release",
  epoch: null,
  sequence: null,
  line: '{"through":9e9}',
} as const;

type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

describe("a spool that an enemy wrote, all checksums right", () => {
  it("P8: is never taken for whole, never breaks the verifier, and is opened or refused", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), async (changes) => {
        const hostile = new Map(disk);
        for (const each of changes) apply(hostile, each);
        const isSame = [...disk].every(([path, bytes]) => hostile.get(path)?.equals(bytes));
        const files = createMemoryFiles({}, hostile);
        const report = await verifySpool("/spool", { keys, files, olderCheckpoint: outside });
        expect(report.verdict === "intact").toBe(isSame);
        const opening = openCase({ folder: "/spool", files });
        await opening.then((spool) => spool.close(), expectUnusable);
      }),
      { numRuns: RUNS, examples: [[[releaseOfAll]]] },
    );
  }, 3_600_000);
});

function expectUnusable(error: unknown): void {
  expect(error).toMatchObject({ code: "unusable" });
}

function apply(hostile: Map<string, Buffer>, change: Change): void {
  const paths = [...hostile.keys()].toSorted();
  const path = paths[change.segment % paths.length] ?? "";
  const bytes = hostile.get(path) ?? Buffer.alloc(0);
  const all = [...framesOf(bytes, 0)].flatMap((item) =>
    item.kind === "damage" || item.kind === "tail" ? [] : [fieldsOf(bytes, item)],
  );
  const chosen = change.frame % all.length;
  const changed = all.map((fields, index) => (index === chosen ? altered(fields, change) : fields));
  hostile.set(path, Buffer.concat(changed.map(createFrame)));
}

function altered(fields: FrameFields, { kind, epoch, sequence, line }: Change): FrameFields {
  return {
    ...fields,
    kind: kind ?? fields.kind,
    epoch: epoch ?? fields.epoch,
    sequence: sequence ?? fields.sequence,
    line:
      line === null ? fields.line : typeof line === "string" ? line : withValue(fields.line, line),
  };
}

/** Another value in place of one of those in a line of JSON, or of a number in a note. */
function withValue(line: string, { at, by }: { readonly at: number; readonly by: string }): string {
  const values = [...line.matchAll(/(?<=[:[])("[^"]*"|\d+|null)|(?<= )\d+/g)];
  const chosen = values[at % Math.max(1, values.length)];
  if (chosen === undefined) return line;
  return line.slice(0, chosen.index) + by + line.slice(chosen.index + chosen[0].length);
}
