/** Draws that depend on the seed alone. */
export interface Random {
  /** A whole number from 0 to below `bound`. */
  below(bound: number): number;
  pick<Item>(items: readonly Item[]): Item;
  /** True in `share` of the draws; `share` goes from 0 to 1. */
  chance(share: number): boolean;
}

/** Marsaglia's xorshift of 32 bits (2003), shifts 13, 17, 5; its state is never zero. */
export function createRandom(seed: number): Random {
  let state = Math.imul(seed | 0, 0x9e3779b1) | 1;
  const fraction = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  const below = (bound: number) => Math.floor(fraction() * bound);
  // The first numbers of neighbouring seeds resemble each other.
  for (let n = 0; n < 16; n += 1) fraction();
  return {
    below,
    pick: (items) => {
      const item = items[below(items.length)];
      if (item === undefined) throw new Error("nothing to pick from");
      return item;
    },
    chance: (share) => fraction() < share,
  };
}
