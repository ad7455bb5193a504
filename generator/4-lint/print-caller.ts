import type { AdmittedCaller } from "./admission.js";

/** Who it is, as the object of "admits". */
export function printCaller(caller: AdmittedCaller): string {
  const { strategy } = caller;
  return strategy === undefined ? printKind(caller) : `${printKind(caller)} by \`${strategy}\``;
}

function printKind(caller: AdmittedCaller): string {
  if (caller.kind === "anonymous") return "anonymous callers";
  if (caller.kind === "authenticated") return "every authenticated caller";
  const names = caller.roles.map((role) => `\`${role}\``);
  const last = names.pop();
  if (last === undefined) return "callers with some set of roles";
  if (names.length === 0) return `the role ${last}`;
  return `the roles ${names.join(", ")} and ${last} together`;
}

export function printPath(segments: readonly string[]): string {
  return `/${segments.join("/")}`;
}
