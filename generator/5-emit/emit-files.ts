import type { SerializedSnapshot } from "@gatewright/runtime/abi";
import { Project } from "ts-morph";
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
  const project = new Project({ useInMemoryFileSystem: true, skipLoadingLibFiles: true });
  const needed = emitters.filter(({ isNeeded }) => isNeeded?.(context) ?? true);
  return needed.map(({ path, emit }) => {
    const file = project.createSourceFile(path, { statements: [header, ...emit(context)] });
    return { path, text: file.getFullText() };
  });
}
