import { loadSnapshot } from "@gatewright/runtime";
import { describe, expect, it } from "vitest";
import { isTrieSound } from "../../runtime/sound-trie.js";
import { compileSnapshot, samplePolicy } from "../agreement/compile-policy.js";

const { source, trie } = loadSnapshot(compileSnapshot(samplePolicy()));
const counts = [source.methods.length, source.routes.length] as const;

/** Whether the trie is sound with another value in one of its words. */
function isSoundWith(index: number, value: number): boolean {
  return isTrieSound({ ...trie, words: trie.words.with(index, value) }, ...counts);
}

describe("a trie", () => {
  it("is sound as it is compiled", () => {
    expect(isTrieSound(trie, ...counts)).toBe(true);
  });

  it("is not sound where it knows another method or route", () => {
    expect(isTrieSound(trie, counts[0] - 1, counts[1])).toBe(false);
    expect(isTrieSound(trie, counts[0], counts[1] - 1)).toBe(false);
  });

  it("is not sound where it ends early", () => {
    expect(isTrieSound({ ...trie, words: trie.words.subarray(0, -1) }, ...counts)).toBe(false);
    expect(isTrieSound({ ...trie, words: new Int32Array(0) }, ...counts)).toBe(false);
    expect(isTrieSound({ ...trie, literals: new Uint8Array(0) }, ...counts)).toBe(false);
  });

  it("is not sound where the root points outside, or to itself", () => {
    // Label, list of the end, other ways; see `SerializedTrie`.
    for (const index of [0, 3, 4]) {
      for (const value of [-1, trie.words.length, 2 ** 31 - 1]) {
        expect(isSoundWith(index, value)).toBe(false);
      }
    }
    expect(isSoundWith(1, -1)).toBe(false);
    const firstChild = trie.words.subarray(5).findIndex((word) => word > 5) + 5;
    for (const value of [-1, trie.words.length]) expect(isSoundWith(firstChild, value)).toBe(false);
  });
});
