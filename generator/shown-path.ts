import { relative, sep } from "node:path";

/** Relative to the working directory and with forward slashes, so that output is the same everywhere. */
export function shownPath(path: string): string {
  return relative(process.cwd(), path).split(sep).join("/") || ".";
}
