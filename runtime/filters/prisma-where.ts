/** A condition on a model of Prisma. Nothing asked takes every row. */
export type PrismaWhere = { readonly [name: string]: unknown };

// Within another condition Prisma overlooks what takes no row or every one, so that these stand alone or not at all.

/** Takes no row. */
export const nothing: PrismaWhere = { OR: [] };

export function allWhere(parts: readonly PrismaWhere[]): PrismaWhere {
  if (parts.some(isNothing)) return nothing;
  const [only, ...more] = parts.filter((part) => !isEverything(part));
  if (only === undefined) return {};
  return more.length === 0 ? only : { AND: [only, ...more] };
}

export function anyWhere(parts: readonly PrismaWhere[]): PrismaWhere {
  if (parts.some(isEverything)) return {};
  const [only, ...more] = parts.filter((part) => !isNothing(part));
  if (only === undefined) return nothing;
  return more.length === 0 ? only : { OR: [only, ...more] };
}

export function notWhere(where: PrismaWhere): PrismaWhere {
  if (isNothing(where)) return {};
  return isEverything(where) ? nothing : { NOT: where };
}

function isEverything(where: PrismaWhere): boolean {
  return Object.keys(where).length === 0;
}

function isNothing({ OR: parts }: PrismaWhere): boolean {
  return Array.isArray(parts) && parts.length === 0;
}
