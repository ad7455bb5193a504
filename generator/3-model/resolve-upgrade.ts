import type { PolicyEntry } from "../1-load/policy-document.js";
import type { Report } from "./mistake.js";
import type { UpgradeModel } from "./policy-model.js";
import { entriesOf, textOf, valueAt } from "./read-node.js";
import { resolveOrigins } from "./resolve-origins.js";

/** What a route that leaves HTTP says about it; undefined for every other route. */
export function resolveUpgrade(method: PolicyEntry, report: Report): UpgradeModel | undefined {
  const entry = (key: string) => entriesOf(method.value).find((found) => found.key === key);
  const upgrade = entry("upgrade");
  const origins = entry("origins");
  if (upgrade === undefined) {
    if (origins !== undefined) {
      report({
        code: "origins-without-upgrade",
        message: "`origins` stands on a route that serves no upgrade",
        at: origins.keyAt,
        help: "write `upgrade: websocket` beside it; pages that may read responses stand under `cors`",
      });
    }
    return undefined;
  }
  if (textOf(valueAt(method.value, "upgrade")) !== "websocket") return undefined;
  // RFC 6455, section 4.1: the handshake is a GET.
  if (method.key !== "GET") {
    report({
      code: "upgrade-not-get",
      message: `a WebSocket handshake is a GET, not ${method.key}`,
      at: method.keyAt,
      help: "bind it as `GET`",
    });
  }
  if (origins === undefined) {
    report({
      code: "upgrade-without-origins",
      message: "the route does not say which pages may connect",
      at: upgrade.keyAt,
      help: "write `origins: [https://desk.example]`, or `origins: []` where no page may (RFC 6455, section 10.2)",
    });
  }
  return { protocol: "websocket", origins: resolveOrigins(origins?.value, "upgrade", report) };
}
