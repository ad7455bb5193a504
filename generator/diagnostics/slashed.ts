/** A path as diagnostics and output print it, on every machine the same. */
export function slashed(path: string): string {
  return path.replaceAll("\\", "/");
}
