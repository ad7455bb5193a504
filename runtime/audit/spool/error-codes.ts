/** Code of a file system's error. */
export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "EIO";
}

export function isNoSpace(code: string): boolean {
  return code === "ENOSPC" || code === "EDQUOT";
}
