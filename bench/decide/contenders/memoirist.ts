import { Memoirist } from "memoirist";
import { pathOf } from "../contender.js";
import type { Contender } from "../contender.js";
import { applyRoleSet } from "../role-sets.js";
import type { RoleRule } from "../role-sets.js";

export const memoirist: Contender = {
  name: "memoirist + role sets",
  maxRoutes: 100_000,
  tellsRoute: true,
  load({ routes }, callers) {
    const router = new Memoirist<RoleRule>();
    routes.forEach(({ method, pattern, roles }, number) => {
      router.add(method, pattern, { number, roles });
    });
    return {
      kind: "sync",
      decide(method, target, caller) {
        const found = router.find(method, pathOf(target));
        return found === null ? -1 : applyRoleSet(found.store, callers[caller]);
      },
    };
  },
};
