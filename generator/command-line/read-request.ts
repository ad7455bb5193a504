import { METHODS } from "node:http";
import { visible } from "../diagnostics/visible.js";
import type { Arguments } from "./command.js";
import { suggest } from "./suggest.js";
import { UsageError } from "./usage-error.js";
import type { UsageMistake } from "./usage-error.js";

export interface AskedRequest {
  readonly method: string;
  /** The raw request target. */
  readonly target: string;
}

/**
 * The operands METHOD and PATH. What can only be a slip of the hand is refused: the gate would answer it
 * too, but not with what was asked for.
 *
 * @throws UsageError
 */
export async function readRequest(args: Arguments): Promise<AskedRequest> {
  const [method = "", target = ""] = args.operands;
  const mistakes = [await methodMistake(method), targetMistake(target)];
  const found = mistakes.filter((mistake) => mistake !== undefined);
  if (found.length > 0) throw new UsageError(found);
  return { method, target };
}

async function methodMistake(method: string): Promise<UsageMistake | undefined> {
  if (METHODS.includes(method)) return undefined;
  const help = method.startsWith("/")
    ? "write the method, then the path"
    : ((await suggest(method, METHODS)) ?? "write one like GET, POST, PUT, PATCH or DELETE");
  return { message: `\`${visible(method)}\` is no method of HTTP`, help };
}

function targetMistake(target: string): UsageMistake | undefined {
  if (target.startsWith("/")) return undefined;
  if (target === "") return { message: "PATH is empty", help: "write `/` for the root" };
  const path = pathOf(target);
  const help = path === undefined ? undefined : `write \`${visible(path)}\``;
  return { message: `the path \`${visible(target)}\` does not begin with \`/\``, help };
}

/** What was meant by an address or by a path whose slash is forgotten. */
function pathOf(target: string): string | undefined {
  const address = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*(.*)$/i.exec(target);
  if (address === null) return target === "*" ? undefined : `/${target}`;
  const [, rest = ""] = address;
  return rest.startsWith("/") ? rest : `/${rest}`;
}
