import { reservedNames } from "../../../3-model/reserved-names.js";

/** A resource or an action has at most 100 characters; a number may have to follow. */
const MAX_LENGTH = 90;

/**
 * A text of the document as a name of the policy: what cannot stand in one becomes `-`, and a text that
 * leaves nothing, or begins with a digit, gets the word in front.
 */
export function toName(text: string, word: string): string {
  const name = text
    .slice(0, 1000)
    .normalize("NFKD")
    .replace(/\p{M}+/gu, "")
    .replace(/[^A-Za-z0-9_]+/g, "-")
    .replace(/^[-_]+|[-_]+$/g, "")
    .slice(0, MAX_LENGTH)
    .replace(/[-_]+$/, "");
  if (name === "") return word;
  return /^[A-Za-z]/.test(name) && !reservedNames.has(name) ? name : `${word}-${name}`;
}

/** Names that are in use, each with the number that a further one of its kind would get. */
export type TakenNames = Map<string, number>;

/** The name itself, or with the first number that makes it a new one. Takes it. */
export function takeName(name: string, taken: TakenNames): string {
  let number = taken.get(name) ?? 1;
  let found = number === 1 ? name : `${name}-${number}`;
  while (taken.has(found)) {
    number += 1;
    found = `${name}-${number}`;
  }
  taken.set(name, number + 1);
  if (found !== name) taken.set(found, 2);
  return found;
}
