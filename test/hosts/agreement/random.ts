/** Random choices that one seed decides; the harness draws millions, which is no load for fast-check. */
export interface Random {
  /** From 0 to `below`, without it. */
  integer(below: number): number;
  chance(probability: number): boolean;
  pick<T>(list: readonly [T, ...T[]] | readonly T[]): T;
  shuffled<T>(list: readonly T[]): readonly T[];
  /** Between `least` and `most` members, in their order. */
  some<T>(list: readonly T[], least: number, most: number): readonly T[];
}

/** Mulberry32: 32 bits of state, the same numbers on every machine. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const fraction = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const integer = (below: number) => Math.floor(fraction() * below);
  const shuffled = <T>(list: readonly T[]): readonly T[] => {
    const rest = [...list];
    return list.flatMap(() => rest.splice(integer(rest.length), 1));
  };
  return {
    integer,
    chance: (probability) => fraction() < probability,
    pick: <T>(list: readonly T[]): T => {
      if (list.length === 0) throw new Error("there is nothing to pick from");
      return list[integer(list.length)] as T;
    },
    shuffled,
    some: (list, least, most) => {
      const count = Math.min(list.length, least + integer(most - least + 1));
      const taken = new Set(shuffled(list.map((_, index) => index)).slice(0, count));
      return list.filter((_, index) => taken.has(index));
    },
  };
}

/** A seed for part number `part` of a run; neighbouring parts have nothing in common. */
export function partSeed(seed: number, part: number): number {
  return (Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) + Math.imul(part + 1, 0xc2b2ae35)) >>> 0;
}
