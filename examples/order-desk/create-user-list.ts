import { randomUUID } from "node:crypto";
import { z } from "zod";
import { ServiceError } from "./service-error.js";

export const newUser = z.strictObject({
  name: z.string().trim().min(1).max(200),
  email: z.email().max(254).toLowerCase(),
});

export interface User {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly isDisabled: boolean;
}

/** The people of the desk, in memory; every method but `list` throws ServiceError 404 or 409. */
export interface UserList {
  list(): readonly User[];
  add(draft: z.output<typeof newUser>): User;
  find(id: string): User;
  disable(id: string): User;
}

export function createUserList(known: readonly User[] = []): UserList {
  const users = new Map(known.map((user) => [user.id, user]));
  const keep = (user: User): User => {
    users.set(user.id, user);
    return user;
  };
  const find = (id: string): User => {
    const user = users.get(id.toLowerCase());
    if (user !== undefined) return user;
    throw new ServiceError(404, "no-such-user", "there is no such user");
  };
  return {
    find,
    list: () => [...users.values()],
    add({ name, email }) {
      const isTaken = [...users.values()].some((user) => user.email === email);
      if (isTaken) throw new ServiceError(409, "email-taken", "another user has this address");
      return keep({ id: randomUUID(), name, email, isDisabled: false });
    },
    disable(id) {
      const user = find(id);
      if (user.isDisabled) throw new ServiceError(409, "user-disabled", "the user is disabled");
      return keep({ ...user, isDisabled: true });
    },
  };
}
