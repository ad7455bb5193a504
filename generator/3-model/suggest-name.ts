import { closest } from "../diagnostics/did-you-mean.js";
import { quoteText } from "./quote-text.js";

export type SuggestName = (name: string) => string | undefined;

/** Looking for a near name costs a pass over all names: a policy with more typos than this gets none for the rest. */
const MAX_LOOKUPS = 200;

/** Answers `did you mean` help for a name that is not among the candidates. */
export function createSuggestName(candidates: readonly string[]): SuggestName {
  const answers = new Map<string, string | undefined>();
  return (name) => {
    if (!answers.has(name)) {
      if (answers.size >= MAX_LOOKUPS) return undefined;
      const near = closest(name, candidates);
      answers.set(name, near === undefined ? undefined : `did you mean ${quoteText(near)}?`);
    }
    return answers.get(name);
  };
}

/** Help for a word that is not one of a few. */
export function helpToChoose(written: string | undefined, choices: readonly string[]): string {
  const near = closest(written ?? "", choices);
  return near === undefined ? `write one of ${choices.join(", ")}` : `did you mean \`${near}\`?`;
}
