import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import Router from "router";
import type { Contender } from "../contender.js";
import { groupBy } from "../group-by.js";
import { applyRoleSet } from "../role-sets.js";
import type { Method, TableRoute } from "../route-table.js";

/** The router of Express 5. It tries layer after layer, and yields to the event loop after 100 of them. */
export const expressRouter: Contender = {
  name: "Express's router + role sets",
  maxRoutes: 10_000,
  tellsRoute: true,
  load({ routes }, callers) {
    const router = Router();
    const request = new IncomingMessage(new Socket());
    const response = new ServerResponse(request);
    const asked = { caller: 0, settle: (_answer: number): void => undefined };
    for (const [pattern, bound] of byPattern(routes)) {
      const layer = router.route(pattern);
      for (const { number, method, roles } of bound) {
        const rule = { number, roles };
        layer[lowerCase[method]](() => {
          asked.settle(applyRoleSet(rule, callers[asked.caller]));
        });
      }
    }
    return {
      kind: "async",
      decide(method, target, caller) {
        request.method = method;
        request.url = target;
        asked.caller = caller;
        let answer: number | undefined;
        let resolve: ((answer: number) => void) | undefined;
        asked.settle = (given) => {
          if (resolve === undefined) answer = given;
          else resolve(given);
        };
        router.handle(request, response, () => asked.settle(-1));
        if (answer !== undefined) return answer;
        return new Promise<number>((settle) => {
          resolve = settle;
        });
      },
    };
  },
};

const lowerCase = {
  GET: "get",
  POST: "post",
  PUT: "put",
  PATCH: "patch",
  DELETE: "delete",
} as const satisfies Record<Method, string>;

/** One layer per pattern, and patterns with fewer parameters first, since the first that matches wins. */
function byPattern(routes: readonly TableRoute[]) {
  const numbered = routes.map((route, number) => ({ number, ...route }));
  return [...groupBy(numbered, ({ pattern }) => pattern)].toSorted(
    ([a], [b]) => a.split(":").length - b.split(":").length,
  );
}
