import type { PermissionModel, RoleModel } from "./policy-model.js";
import type { DeclaredPermission } from "./resolve-permissions.js";
import type { WrittenRole } from "./resolve-roles.js";

export interface OpenRoles {
  /** Sorted by name: the numbers of `parents` and `parentsFirst` are indices into it. */
  readonly roles: readonly WrittenRole[];
  readonly parents: readonly (readonly number[])[];
  /** Invariant: a role's parents stand before it. */
  readonly parentsFirst: readonly number[];
  /** Sorted by name. */
  readonly declared: readonly DeclaredPermission[];
}

/** A hostile policy can ask for more lists than memory holds; this many entries take about 0.3 GB. */
const MAX_ENTRIES = 2 ** 25;

/** Closes inheritance with one row of bits per role; undefined where the result would be too large. */
export function closeRoles(
  open: OpenRoles,
): { roles: readonly RoleModel[]; permissions: readonly PermissionModel[] } | undefined {
  const { roles, parents, parentsFirst, declared } = open;
  if (roles.length * Math.max(roles.length, declared.length) > MAX_ENTRIES * 8) return undefined;
  const numbers = new Map(declared.map((permission, index) => [permission.name, index]));
  const ancestors = createBits(roles.length, roles.length);
  const granted = createBits(roles.length, declared.length);
  const certain = createBits(roles.length, declared.length);
  const denied = createBits(roles.length, declared.length);
  for (const role of parentsFirst) {
    for (const parent of parents[role] ?? []) {
      setBit(ancestors, role, parent);
      for (const bits of [ancestors, granted, certain, denied]) joinRow(bits, role, parent);
    }
    for (const { permissions: names, when } of roles[role]?.grants ?? []) {
      setAll(granted, role, names);
      if (when === undefined) setAll(certain, role, names);
    }
    for (const deny of roles[role]?.denies ?? []) setAll(denied, role, deny.permissions);
  }
  if (countBits(ancestors) + 2 * (countBits(granted) + countBits(denied)) > MAX_ENTRIES) {
    return undefined;
  }
  const grantedTo: string[][] = declared.map(() => []);
  const certainTo: string[][] = declared.map(() => []);
  const deniedTo: string[][] = declared.map(() => []);
  const closed = roles.map((role, number): RoleModel => {
    const grants = bitsOf(granted, number);
    const denies = bitsOf(denied, number);
    for (const permission of grants) grantedTo[permission]?.push(role.name);
    for (const permission of bitsOf(certain, number)) certainTo[permission]?.push(role.name);
    for (const permission of denies) deniedTo[permission]?.push(role.name);
    return {
      ...role,
      ancestors: namesAt(roles, bitsOf(ancestors, number)),
      granted: namesAt(declared, grants),
      denied: namesAt(declared, denies),
    };
  });
  const permissions = declared.map(
    (permission, number): PermissionModel => ({
      ...permission,
      grantedTo: grantedTo[number] ?? [],
      certainTo: certainTo[number] ?? [],
      deniedTo: deniedTo[number] ?? [],
    }),
  );
  return { roles: closed, permissions };

  function setAll(bits: Bits, role: number, names: readonly string[]): void {
    for (const name of names) {
      const number = numbers.get(name);
      if (number !== undefined) setBit(bits, role, number);
    }
  }
}

/** Rows of bits, a row per role. */
interface Bits {
  readonly words: Uint32Array;
  readonly wordsPerRow: number;
}

function createBits(rows: number, columns: number): Bits {
  const wordsPerRow = Math.ceil(columns / 32);
  return { words: new Uint32Array(rows * wordsPerRow), wordsPerRow };
}

function setBit(bits: Bits, row: number, column: number): void {
  const word = row * bits.wordsPerRow + (column >>> 5);
  bits.words[word] = (bits.words[word] ?? 0) | (1 << (column & 31));
}

function joinRow(bits: Bits, row: number, other: number): void {
  const { words, wordsPerRow } = bits;
  for (let word = 0; word < wordsPerRow; word += 1) {
    const at = row * wordsPerRow + word;
    words[at] = (words[at] ?? 0) | (words[other * wordsPerRow + word] ?? 0);
  }
}

/** The columns set in a row, ascending: names stand sorted, so lists made from them are. */
function bitsOf(bits: Bits, row: number): readonly number[] {
  const columns: number[] = [];
  for (let word = 0; word < bits.wordsPerRow; word += 1) {
    let left = bits.words[row * bits.wordsPerRow + word] ?? 0;
    while (left !== 0) {
      const bit = 31 - Math.clz32(left & -left);
      columns.push(word * 32 + bit);
      left &= left - 1;
    }
  }
  return columns;
}

function countBits(bits: Bits): number {
  let count = 0;
  for (const word of bits.words) {
    for (let left = word; left !== 0; left &= left - 1) count += 1;
  }
  return count;
}

function namesAt(items: readonly { readonly name: string }[], indices: readonly number[]) {
  return indices.flatMap((index) => items[index]?.name ?? []);
}
