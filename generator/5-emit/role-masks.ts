import type { PermissionModel, PolicyModel } from "../3-model/policy-model.js";
import { encodeWords } from "./encode-words.js";

/** Per permission, a bit for each of these roles; see `allow` of the snapshot. */
export function roleMasks(
  { permissions, roles }: PolicyModel,
  rolesOf: (permission: PermissionModel) => readonly string[],
): string {
  const numbers = new Map(roles.map(({ name }, number) => [name, number]));
  const width = Math.ceil(roles.length / 32);
  const words = Array.from({ length: permissions.length * width }, () => 0);
  permissions.forEach((permission, row) => {
    for (const role of rolesOf(permission)) {
      const number = numbers.get(role) ?? 0;
      const word = row * width + (number >> 5);
      words[word] = (words[word] ?? 0) | (1 << (number & 31));
    }
  });
  return encodeWords(words);
}
