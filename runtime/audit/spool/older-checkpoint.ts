import { parseCheckpoint } from "./checkpoint.js";
import type { FrameFields } from "./frame.js";
import { openNote } from "./signed-note.js";
import { rootOf } from "./tree.js";
import type { Tree } from "./tree.js";
import type { Consistency, Fault } from "./verify-report.js";

/** Compares the record with a checkpoint that was kept outside, while it is read. */
export interface OlderCheckpoint {
  /** The tree before a frame, where nothing of it was damaged, and that frame. */
  look(tree: Tree, frame: FrameFields): void;
  conclude(end: {
    readonly origin: string | undefined;
    /** Size of the tree before the oldest segment, and at the end. */
    readonly first: number;
    readonly size: number;
    readonly signedSize: number;
  }): { readonly consistency: Consistency; readonly fault?: Fault; readonly detail?: string };
}

export function createOlderCheckpoint(
  note: string | undefined,
  keys: readonly string[],
): OlderCheckpoint {
  const opened = note === undefined ? undefined : openNote(note, keys);
  const older = opened && parseCheckpoint(opened.text);
  let isSame: boolean | undefined;
  return {
    look(tree, { kind, line }) {
      if (older === undefined || opened === undefined || tree.size !== older.size) return;
      // The record has the checkpoint itself right behind what it stands for; witnesses may have
      // signed the one outside since.
      const isThere = kind === "checkpoint" && line.startsWith(`${opened.text}\n`);
      isSame = isThere && rootOf(tree).toString("base64") === older.root;
    },
    conclude({ origin, first, size, signedSize }) {
      if (opened === undefined) return { consistency: "unchecked" };
      if (older === undefined || opened.verdict === "forged")
        return refuted("forged", "the older checkpoint is not what was signed");
      if (opened.verdict === "unknown-key" && keys.length > 0)
        return refuted("unknown-key", "no known key signed the older checkpoint");
      if (origin !== undefined && origin !== older.origin)
        return refuted("truncated", "the older checkpoint is of another spool");
      if (older.size >= size) return refuted("truncated", "the older checkpoint tells of more");
      if (isSame === true) return { consistency: "proven" };
      if (isSame === undefined)
        return { consistency: older.size < first ? "released" : "unproven" };
      // Our own key signed a record with another past: it went on from an older state.
      return signedSize >= older.size
        ? refuted("truncated", "the record went on from before the older checkpoint")
        : refuted("forged", "the record is not the one of the older checkpoint");
    },
  };
}

function refuted(fault: Fault, detail: string) {
  return { consistency: "refuted", fault, detail } as const;
}
