import { decodeOnce } from "./spelling.js";
import type { PlainRouter } from "./plain-policy.js";

/** Why a path is refused whatever the routes are; undefined where it may be matched. */
export function refuseTarget(path: string, router: PlainRouter): string | undefined {
  if (!path.startsWith("/")) return "not in origin form";
  if (path.length > router.maxPathLength) return "over-long";
  if (path.includes("//")) return "empty segment";
  if (path.includes("\\")) return "backslash";
  if (path.includes("#")) return "fragment";
  if (path.includes(";") && router.semicolons === "refuse") return "semicolon";
  for (const character of path) {
    if (character <= " " || character === "\u007f") return "control character or space";
    if (character > "\u007f") return "raw non-ASCII";
  }
  if (/%(?![0-9A-Fa-f]{2})/.test(path)) return "malformed escape";
  for (const [escape] of path.matchAll(/%../g)) {
    const octet = Number.parseInt(escape.slice(1), 16);
    if (/[A-Za-z0-9._~-]/.test(String.fromCharCode(octet))) return "encoded unreserved character";
  }
  const decoded = decodeOnce(path);
  if (decoded === undefined) return "not UTF-8";
  for (const character of decoded) {
    // The controls of ISO 6429 above 0x7f are legal: no host gives them a meaning in a path.
    if (character < " " || character === "\u007f") return "encoded control character";
    if (character === "\\") return "encoded backslash";
  }
  for (const step of path.split(/\/|%2f/i)) {
    // What stands behind `;` does not change that a host may read `..;x` as a step upwards.
    if (/^\.\.?(;|$)/.test(step)) return "dot segment";
  }
  return undefined;
}
