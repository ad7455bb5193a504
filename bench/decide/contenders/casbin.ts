import { StringAdapter, newEnforcer, newModelFromString } from "casbin";
import { pathOf } from "../contender.js";
import type { Contender } from "../contender.js";

/** RBAC with patterns (`keyMatch2`), the cheap comparison first. It reads every line for every decision. */
const model = `
[request_definition]
r = sub, obj, act

[policy_definition]
p = sub, obj, act

[role_definition]
g = _, _

[policy_effect]
e = some(where (p.eft == allow))

[matchers]
m = r.act == p.act && keyMatch2(r.obj, p.obj) && g(r.sub, p.sub)
`;

export const casbin: Contender = {
  name: "casbin",
  maxRoutes: 10_000,
  tellsRoute: false,
  async load({ routes }, callers) {
    const lines = [
      ...routes.flatMap(({ method, pattern, roles }) =>
        [...roles].map((role) => `p, ${role}, ${pattern}, ${method}`),
      ),
      ...callers.flatMap((roles, caller) => roles.map((role) => `g, caller${caller}, ${role}`)),
    ];
    const enforcer = await newEnforcer(
      newModelFromString(model),
      new StringAdapter(lines.join("\n")),
    );
    return {
      kind: "sync",
      decide(method, target, caller) {
        return enforcer.enforceSync(`caller${caller}`, pathOf(target), method) ? 1 : 0;
      },
    };
  },
};
