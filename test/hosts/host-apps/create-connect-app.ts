import connect from "connect";
import type { RequestListener } from "node:http";
import { isLiteral } from "../agreement/route-table.js";
import { createDispatcher, runHandlers } from "./dispatch.js";
import type { PathReading } from "./dispatch.js";
import type { HandRoute, HostApp, HostSettings } from "./host-app.js";

/** Connect knows prefixes only: routes below one are found by a dispatcher in a handler of their own. */
export function createConnectApp(settings: HostSettings, reading: PathReading): HostApp {
  const app = connect();
  return {
    listener: app as RequestListener,
    use(handler) {
      app.use(handler);
    },
    route(routes: readonly HandRoute[]) {
      const dispatcher = createDispatcher(routes, settings, reading);
      app.use((request, response, next) => {
        const found = dispatcher.find(request.method ?? "", request.url ?? "");
        if (found === undefined) {
          next();
          return;
        }
        Object.assign(request, { params: found.params });
        runHandlers(found.route.handlers, request, response, next);
      });
    },
    canMount: (prefix) => prefix.every((segment) => isLiteral(segment) && segment !== ""),
    mount(prefix) {
      const below = createConnectApp(settings, reading);
      app.use(`/${prefix.join("/")}`, below.listener as ReturnType<typeof connect>);
      return below;
    },
  };
}
