import { parseCheckpoint } from "./checkpoint.js";
import { fieldsOf, framesOf } from "./frame.js";
import type { Damage, FrameFields } from "./frame.js";
import {
  emptyLedger,
  enterEvent,
  enterGap,
  isCount,
  isSameLedger,
  parseGap,
  parseObject,
} from "./ledger.js";
import type { Ledger } from "./ledger.js";
import { listSegments, readSegment } from "./list-segments.js";
import type { ListedSegment } from "./list-segments.js";
import { createOlderCheckpoint } from "./older-checkpoint.js";
import { isBefore } from "./segment-header.js";
import type { Hole, Position, SegmentHeader } from "./segment-header.js";
import { openNote } from "./signed-note.js";
import { nodeFiles } from "./spool-files.js";
import { appendLeaf, copyTree, isSameTree, rootOf } from "./tree.js";
import type { Tree } from "./tree.js";
import { createEpochCheck } from "./verify-epoch.js";
import type { EpochCheck } from "./verify-epoch.js";
import { faults } from "./verify-report.js";
import type { Find, Finding, SpoolReport, VerifyOptions } from "./verify-report.js";

/** What the frames up to a place come to. */
interface Walk {
  tree: Tree;
  ledger: Ledger;
  epoch: EpochCheck | undefined;
  /** Whether the segment has had damage so far: its tree and ledger are then not those of the writer. */
  standing: "whole" | "damaged";
  last: "closing" | "other";
  mark: Position | undefined;
  /** What is not there, or not what was written: at its end, a power cut may have done it. */
  readonly losses: Loss[];
  events: number;
  signedSize: number;
  released: number;
}

interface Loss {
  readonly at: Position;
  readonly fault: "corrupt" | "truncated";
  readonly detail: string;
}

/**
 * Checks a spool that no process writes to: framing, checksums, numbers, gaps, tree, signatures, and
 * that it goes on from an older checkpoint. Reads one segment at a time.
 *
 * @throws the file system's error, or Error for a key that is none.
 */
export async function verifySpool(folder: string, options: VerifyOptions): Promise<SpoolReport> {
  const { keys, olderCheckpoint, files = nodeFiles } = options;
  const listed = await listSegments(files, folder);
  const holes = listed.flatMap(({ header }) => header?.opening?.holes ?? []);
  const findings: Finding[] = [];
  const find: Find = (fault, at, detail) => void findings.push({ fault, ...at, detail });
  const older = createOlderCheckpoint(olderCheckpoint, keys);
  const walk = createWalk();
  for (const [index, segment] of listed.entries()) {
    const before = listed[index - 1];
    if (segment.header !== undefined) enterSegment(walk, segment.header, { before, holes, find });
    else if (before === undefined) walk.standing = "damaged";
    const bytes = await readSegment(files, segment);
    for (const item of framesOf(bytes, 0)) {
      const at = { segment: segment.number, offset: item.from };
      if (item.kind === "damage" || item.kind === "tail") {
        if (!isSpare(segment, bytes, item)) enterDamage(walk, at, { to: item.to, holes });
        continue;
      }
      const fields = fieldsOf(bytes, item);
      if ((item.from === 0) !== (fields.kind === "segment" && segment.header !== undefined))
        find("forged", at, "a segment does not begin with its header");
      if (walk.standing === "whole") older.look(walk.tree, fields);
      visit(walk, fields, { at, keys, find });
      appendLeaf(walk.tree, bytes.subarray(item.from, item.to));
    }
    const at = { segment: segment.number, offset: bytes.length };
    if (bytes.length < segment.end) {
      walk.epoch?.damage();
      walk.standing = "damaged";
      if (!isExcused(at, segment.end, holes))
        walk.losses.push({ at, fault: "truncated", detail: "the segment was longer" });
    }
  }
  const end = { segment: listed.at(-1)?.number ?? 0, offset: listed.at(-1)?.end ?? 0 };
  endEpoch(walk, undefined, end);
  for (const { at, fault, detail } of walk.losses) {
    // A power cut may give back the name of a segment that was rightly deleted.
    if (at.segment <= walk.released) continue;
    // Only what nobody said was durable, and no start looked at, can be the end of a power cut.
    const isOld = walk.mark !== undefined && isBefore(at, walk.mark);
    const isPassed = listed.some(({ number, header }) => number > at.segment && header?.opening);
    find(isOld || isPassed ? fault : "torn", at, detail);
  }
  const [first] = listed;
  if (first?.header?.previous && first.header.previous.segment > walk.released)
    find("truncated", startOf(first), "segments before it are gone, and no record released them");
  const { size } = walk.tree;
  const { consistency, fault, detail } = older.conclude({
    origin: listed.findLast(({ header }) => header)?.header?.origin,
    first: first?.header?.tree.size ?? 0,
    size,
    signedSize: walk.signedSize,
  });
  if (fault !== undefined) find(fault, end, detail ?? "");
  return {
    verdict: faults.find((fault) => findings.some((found) => found.fault === fault)) ?? "intact",
    findings: findings.toSorted((one, other) =>
      isBefore(one, other) ? -1 : Number(isBefore(other, one)),
    ),
    segments: listed.length,
    events: walk.events,
    size,
    signedSize: walk.signedSize,
    consistency,
  };
}

function createWalk(): Walk {
  return {
    tree: { size: 0, heads: [] },
    ledger: emptyLedger(),
    epoch: undefined,
    standing: "whole",
    last: "other",
    mark: undefined,
    losses: [],
    events: 0,
    signedSize: 0,
    released: 0,
  };
}

interface Entered {
  readonly before: ListedSegment | undefined;
  readonly holes: readonly Hole[];
  readonly find: Find;
}

function enterSegment(walk: Walk, header: SegmentHeader, { before, holes, find }: Entered): void {
  const at = { segment: header.segment, offset: 0 };
  if (before !== undefined) {
    const { previous } = header;
    if (previous?.segment !== before.number) {
      const gone = { segment: previous?.segment ?? 0, offset: 0 };
      walk.epoch?.damage();
      if (!isExcused(gone, previous?.offset ?? 0, holes))
        walk.losses.push({ at: gone, fault: "truncated", detail: "the segment is gone" });
    } else if (walk.standing === "whole")
      checkState(walk, header, (detail) => find("forged", at, detail));
  }
  if (header.opening !== null || walk.epoch === undefined) {
    if (walk.epoch !== undefined && header.opening !== null) endEpoch(walk, header, at);
    walk.epoch = createEpochCheck(header, find);
  } else if (walk.epoch.number !== header.epoch && walk.epoch.number !== 0)
    find("forged", at, "an epoch begins without an opening");
  walk.tree = copyTree(header.tree);
  walk.ledger = { ...header.ledger };
  walk.standing = "whole";
  noteMark(walk, header.durable);
}

/** A segment goes on from what the one before it comes to. */
function checkState(walk: Walk, header: SegmentHeader, report: (detail: string) => void): void {
  if (!isSameTree(walk.tree, header.tree)) report("the tree of the segment before it is another");
  // A start counts anew what a power cut left of the last epoch.
  if (header.opening !== null && walk.epoch?.isDamaged() === true) return;
  // The first of an epoch counts its own numbers, and what the last one lost.
  const { lost, sequence } = header.opening === null ? walk.ledger : header.ledger;
  if (!isSameLedger({ ...walk.ledger, lost, sequence }, header.ledger))
    report("the counts of the segment before it are others");
}

function endEpoch(walk: Walk, next: SegmentHeader | undefined, at: Position): void {
  const { ledger, last, mark } = walk;
  walk.epoch?.end({ ledger, last, mark, at, next: next?.opening ?? undefined });
}

function enterDamage(
  walk: Walk,
  at: Position,
  { to, holes }: { readonly to: number; readonly holes: readonly Hole[] },
): void {
  walk.standing = "damaged";
  walk.last = "other";
  walk.epoch?.damage();
  if (!isExcused(at, to, holes))
    walk.losses.push({ at, fault: "corrupt", detail: "bytes that are no frame" });
}

interface Visit {
  readonly at: Position;
  readonly keys: readonly string[];
  readonly find: Find;
}

function visit(walk: Walk, fields: FrameFields, { at, keys, find }: Visit): void {
  walk.last = "other";
  if (walk.epoch !== undefined && walk.epoch.number !== 0 && fields.epoch !== walk.epoch.number)
    find("forged", at, "a frame of another epoch");
  if (fields.kind !== "event" && `${fields.category}${fields.id}` !== "")
    find("forged", at, "a record of the spool itself with a category or an id");
  if (fields.kind === "event") {
    walk.events += 1;
    const isNext = walk.epoch?.event(fields.sequence, at) ?? true;
    // Without its header a segment cannot tell which suspect end it was to replace.
    if (!isNext && walk.standing === "damaged")
      walk.losses.push({ at, fault: "corrupt", detail: "a number comes twice" });
    else if (!isNext) find("forged", at, "a number comes twice or out of order");
    enterEvent(walk.ledger, fields.sequence);
  } else if (fields.kind === "gap") {
    const gap = parseGap(fields.line);
    if (gap === undefined) {
      find("forged", at, "a gap that no spool writes");
      return;
    }
    walk.epoch?.gap(gap);
    enterGap(walk.ledger, gap);
  } else if (fields.kind === "release") {
    const { through } = parseObject(fields.line);
    // What it names is gone, or about to go, and so never the segment that it stands in.
    if (isCount(through) && through < at.segment) walk.released = Math.max(walk.released, through);
    else find("forged", at, "a release that no spool writes");
  } else if (fields.kind === "checkpoint") visitCheckpoint(walk, fields, { at, keys, find });
}

function visitCheckpoint(walk: Walk, fields: FrameFields, { at, keys, find }: Visit): void {
  const { text, verdict } = openNote(fields.line, keys);
  const checkpoint = parseCheckpoint(text);
  if (verdict === "forged" || checkpoint === undefined) {
    find("forged", at, "a checkpoint that is not what was signed");
    return;
  }
  if (verdict === "unknown-key" && keys.length > 0)
    find("unknown-key", at, "a checkpoint that no known key signed");
  const { size, root, epoch, ledger, durable, isClosing } = checkpoint;
  const isSame =
    size === walk.tree.size &&
    root === rootOf(walk.tree).toString("base64") &&
    isSameLedger(ledger, walk.ledger);
  // No later leaf covers the last checkpoint, so that its frame is to say what its note says.
  if (fields.epoch !== epoch || fields.sequence !== ledger.sequence)
    find("forged", at, "a checkpoint in the frame of another");
  if (walk.standing === "whole" && !isSame) find("forged", at, "a checkpoint of another record");
  if (isSame && verdict === "verified") walk.signedSize = size;
  walk.last = isClosing ? "closing" : "other";
  noteMark(walk, durable);
}

function noteMark(walk: Walk, durable: Position | null | undefined): void {
  if (durable && (walk.mark === undefined || isBefore(walk.mark, durable))) walk.mark = durable;
}

/** A start that looked at these bytes found that they had not been durable. */
function isExcused({ segment, offset }: Position, to: number, holes: readonly Hole[]): boolean {
  return holes.some((hole) => hole.segment === segment && hole.from <= offset && to <= hole.to);
}

/** Zeros that were written ahead and not used. */
function isSpare({ header }: ListedSegment, bytes: Buffer, { kind, from }: Damage): boolean {
  if (header?.space !== "reserve" || kind !== "tail") return false;
  return bytes.subarray(from).every((byte) => byte === 0);
}

function startOf({ number }: ListedSegment): Position {
  return { segment: number, offset: 0 };
}
