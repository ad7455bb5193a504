import { visible } from "../diagnostics/visible.js";

/** `did you mean` help; the search is loaded only by who has mistyped something. */
export async function suggest(
  name: string,
  candidates: readonly string[],
): Promise<string | undefined> {
  const { closest } = await import("../diagnostics/did-you-mean.js");
  const near = closest(name, candidates);
  return near === undefined ? undefined : `did you mean \`${visible(near)}\`?`;
}
