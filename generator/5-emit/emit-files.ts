import type { SerializedSnapshot } from "@gatewright/runtime/abi";
import { CodeBlockWriter } from "ts-morph";
import type { PolicyModel } from "../3-model/policy-model.js";
import { createPlaceOf } from "../diagnostics/position.js";
import { comment } from "./comment.js";
import type { EmitContext } from "./emit-context.js";
import { emitters } from "./emitters/index.js";
import { headerFor } from "./header.js";

/** A file of the output folder, ready to be written. */
export interface GeneratedFile {
  /** Name below the output folder. */
  readonly path: string;
  readonly text: string;
}

/** Prints the files of `generated/`; the same model gives the same bytes. */
export function emitFiles(
  model: PolicyModel,
  snapshot: SerializedSnapshot,
): readonly GeneratedFile[] {
  const placeOf = createPlaceOf(model.sources);
  const context: EmitContext = { model, snapshot, placeOf: (span) => comment(placeOf(span)) };
  const header = headerFor(model.sources, snapshot.abi);
  const needed = emitters.filter(({ isNeeded }) => isNeeded?.(context) ?? true);
  return needed.map(({ path, emit }) => ({ path, text: print(header, emit(context)) }));
}

/**
 * The writer of ts-morph alone: as a source file of a project, each text would also be parsed, which takes
 * five times as long as writing it (1.5 s of 10 000 routes), for a tree that nobody asks for.
 */
function print(header: string, statements: readonly string[]): string {
  return new CodeBlockWriter().write(`${header}${statements.join("\n")}\n`).toString();
}
