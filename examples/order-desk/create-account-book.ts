import type { Account } from "@gatewright/runtime/abi/sessions";
import type { Policy, Role } from "../../generated/index.js";
import type { User, UserList } from "./create-user-list.js";
import { isPasswordOf } from "./hash-password.js";

/** A user who may log in at the page, as it is kept. */
export interface StoredAccount {
  readonly user: User;
  readonly roles: readonly Role[];
  readonly desk: string;
  /** As `hashPassword` makes it. */
  readonly passwordHash: string;
}

/** What the users may do and how they prove who they are; the list of users knows neither. */
export interface AccountBook {
  /** The id of the user with this address and password; null for all that can be wrong with them. */
  verify(email: string, password: string): Promise<string | null>;
  /** What a user holds at this moment; null for one who is disabled or never could log in. */
  read(id: string): Account<Policy> | null;
}

/** Of a password that nobody knows: who is no user is found out no sooner than who is. */
const NOBODY = "NtDnqgtESJ-3b_BlpfrpAQ.dCtp3KuxvhIHE8-9G8WxCgHs6TPbwynEf7-Ehd-FyMg";

export function createAccountBook(
  users: UserList,
  accounts: readonly StoredAccount[],
): AccountBook {
  const byId = new Map(accounts.map((account) => [account.user.id, account]));
  const activeUsers = () => users.list().filter(({ isDisabled }) => !isDisabled);
  return {
    async verify(email, password) {
      const address = email.trim().toLowerCase();
      const user = activeUsers().find((each) => each.email === address);
      const account = user && byId.get(user.id);
      const isRight = await isPasswordOf(account?.passwordHash ?? NOBODY, password);
      return isRight && account !== undefined ? account.user.id : null;
    },
    read(id) {
      const user = activeUsers().find((each) => each.id === id);
      const account = byId.get(id);
      if (user === undefined || account === undefined) return null;
      return { roles: account.roles, tenant: account.desk, claims: { email: user.email } };
    },
  };
}
