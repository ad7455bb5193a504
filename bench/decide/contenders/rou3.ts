import { addRoute, createRouter, findRoute } from "rou3";
import { pathOf } from "../contender.js";
import type { Contender } from "../contender.js";
import { applyRoleSet } from "../role-sets.js";
import type { RoleRule } from "../role-sets.js";

export const rou3: Contender = {
  name: "rou3 + role sets",
  maxRoutes: 100_000,
  tellsRoute: true,
  load({ routes }, callers) {
    const router = createRouter<RoleRule>();
    routes.forEach(({ method, pattern, roles }, number) => {
      addRoute(router, method, pattern, { number, roles });
    });
    return {
      kind: "sync",
      decide(method, target, caller) {
        const found = findRoute(router, method, pathOf(target));
        return found === undefined ? -1 : applyRoleSet(found.data, callers[caller]);
      },
    };
  },
};
