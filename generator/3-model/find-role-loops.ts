export interface RoleLoops {
  /** Each loop as the roles met on the way round; the last one names the first as its parent. */
  readonly loops: readonly (readonly number[])[];
  /** All roles, each after its parents; meaningless where there is a loop. */
  readonly parentsFirst: readonly number[];
}

/** Enough to mend by; without a bound, a hostile policy makes the text of its loops grow with the square of its roles. */
const MAX_LOOPS = 100;

/**
 * Walks the inheritance graph depth first. The stack is our own, since chains of roles may be longer
 * than the call stack. Every loop holds a parent edge that leads back into the walk, so none is missed
 * altogether; of loops that share all their roles with a reported one, one is named.
 */
export function findRoleLoops(parents: readonly (readonly number[])[]): RoleLoops {
  const loops: (readonly number[])[] = [];
  const parentsFirst: number[] = [];
  const isDone = new Uint8Array(parents.length);
  const isLooped = new Uint8Array(parents.length);
  /** Place on the current way + 1, or 0. */
  const placeOnWay = new Uint32Array(parents.length);
  const nextParent = new Uint32Array(parents.length);
  for (const start of parents.keys()) {
    if (isDone[start] === 1) continue;
    const way = [start];
    placeOnWay[start] = 1;
    for (let role = way.at(-1); role !== undefined; role = way.at(-1)) {
      const next = nextParent[role] ?? 0;
      nextParent[role] = next + 1;
      const parent = parents[role]?.[next];
      if (parent === undefined) {
        isDone[role] = 1;
        placeOnWay[role] = 0;
        parentsFirst.push(role);
        way.pop();
      } else if ((placeOnWay[parent] ?? 0) > 0) {
        addLoop(way.slice((placeOnWay[parent] ?? 1) - 1));
      } else if (isDone[parent] !== 1) {
        placeOnWay[parent] = way.push(parent);
      }
    }
  }
  return { loops, parentsFirst };

  function addLoop(loop: readonly number[]): void {
    if (loops.length >= MAX_LOOPS || loop.every((role) => isLooped[role] === 1)) return;
    for (const role of loop) isLooped[role] = 1;
    loops.push(loop);
  }
}
