import createRouter from "find-my-way";
import type { Contender } from "../contender.js";
import { applyRoleSet } from "../role-sets.js";
import type { RoleRule } from "../role-sets.js";
import { methods } from "../route-table.js";

/** It cuts the query off by itself. */
export const findMyWay: Contender = {
  name: "find-my-way + role sets",
  maxRoutes: 100_000,
  tellsRoute: true,
  load({ routes }, callers) {
    const router = createRouter();
    routes.forEach(({ method, pattern, roles }, number) => {
      const rule: RoleRule = { number, roles };
      router.on(method, pattern, () => undefined, rule);
    });
    return {
      kind: "sync",
      decide(method, target, caller) {
        const found = router.find(methods.find((name) => name === method) ?? "GET", target);
        return found === null ? -1 : applyRoleSet(found.store, callers[caller]);
      },
    };
  },
};
