import { createMongoAbility } from "@casl/ability";
import createRouter from "find-my-way";
import type { Contender } from "../contender.js";
import { methods } from "../route-table.js";
import type { RouteTable, TableRoute } from "../route-table.js";

/** find-my-way finds what is asked for, and the caller's ability, made once per caller, answers. */
export const casl: Contender = {
  name: "CASL + find-my-way",
  maxRoutes: 10_000,
  tellsRoute: true,
  load(table, callers) {
    const router = createRouter();
    table.routes.forEach(({ method, pattern, resource, action }, number) => {
      const rule: CaslRule = { number, resource, action };
      router.on(method, pattern, () => undefined, rule);
    });
    const abilities = callers.map((roles) => createMongoAbility(rulesOf(table, roles)));
    return {
      kind: "sync",
      decide(method, target, caller) {
        const found = router.find(methods.find((name) => name === method) ?? "GET", target);
        if (found === null) return -1;
        const { number, resource, action }: CaslRule = found.store;
        return number * 2 + (abilities[caller]?.can(action, resource) === true ? 1 : 0);
      },
    };
  },
};

interface CaslRule {
  readonly number: number;
  readonly resource: string;
  readonly action: TableRoute["action"];
}

function rulesOf({ resources }: RouteTable, held: readonly string[]) {
  return [...resources].flatMap(([subject, actions]) =>
    [...actions]
      .filter(([, roles]) => [...roles].some((role) => held.includes(role)))
      .map(([action]) => ({ action, subject })),
  );
}
