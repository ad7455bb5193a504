import type { PolicyTypes } from "@gatewright/runtime/abi";

/** What is known about a policy that is made while a test runs: nothing. */
export interface LoosePolicy extends PolicyTypes {
  readonly role: string;
  readonly permission: string;
  readonly principal: { readonly id: string; readonly roles: readonly string[] };
  readonly principalFrom: "claims";
  readonly routes: Readonly<Record<string, LooseRoute>>;
}

interface LooseRoute {
  readonly access: "permissions";
  readonly params: Readonly<Record<string, string | number>>;
}
