import { exitCode } from "./exit-code.js";
import type { Report } from "./print-report.js";
import { compareFolders } from "../compare-folders.js";
import { visible } from "../diagnostics/visible.js";
import { writeOutput } from "../output.js";
import type { OutputFile, OutputState } from "../output.js";
import { writeStamp } from "../stamp.js";
import type { Folders } from "../stamp.js";

/** Compiles a policy folder and writes the output folder; returns what there is to say about it. */
export async function buildFolders(
  folders: Folders,
  cache: "used" | "unused",
): Promise<Omit<Report, "command">> {
  const trust = cache === "used" ? "cache" : "policy";
  const { sources, diagnostics, files, generated, parsed } = await compareFolders(folders, trust);
  await parsed?.save();
  const isReady = files !== undefined && diagnostics.every(({ severity }) => severity !== "error");
  const failures = isReady ? await writeOutput(folders.out, files) : [];
  const isDone = isReady && failures.length === 0;
  if (isDone && generated !== undefined && cache === "used") {
    await writeStamp(folders, { sources, files: generated, diagnostics });
  }
  const listed = (...states: readonly OutputState[]) =>
    (isDone ? files : []).filter(({ state }) => states.includes(state)).map(({ file }) => file);
  return {
    exitCode: isDone ? exitCode.fine : exitCode.fault,
    diagnostics: [...diagnostics, ...failures],
    sources,
    data: {
      written: listed("changed", "missing"),
      removed: listed("left-over"),
      unchanged: listed("unchanged"),
    },
    text: isDone ? summarise(files) : failures.length > 0 ? partly : "nothing was written",
  };
}

const partly = "not everything was written";

function summarise(files: readonly OutputFile[]): string {
  const lines = files.flatMap(({ file, state }) =>
    state === "unchanged"
      ? []
      : [`${state === "left-over" ? "removed" : "wrote"} ${visible(file)}`],
  );
  const unchanged = files.length - lines.length;
  if (lines.length === 0) return `${unchanged} files are up to date`;
  return [...lines, ...(unchanged === 0 ? [] : [`${unchanged} more are up to date`])].join("\n");
}
