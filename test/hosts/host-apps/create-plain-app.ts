import { createDispatcher, runHandlers } from "./dispatch.js";
import type { PathReading } from "./dispatch.js";
import type { Handler, HostApp, HostSettings } from "./host-app.js";

/** What one writes around `node:http`: a list of handlers, and dispatchers among them. */
export function createPlainApp(settings: HostSettings, reading: PathReading): HostApp {
  const handlers: Handler[] = [];
  return {
    listener: (request, response) => {
      runHandlers(handlers, request, response, (error) => {
        if (response.headersSent) {
          response.destroy();
          return;
        }
        response.statusCode = error === undefined ? 404 : 500;
        response.setHeader("Content-Length", 0);
        response.end();
      });
    },
    use(handler) {
      handlers.push(handler);
    },
    route(routes) {
      const dispatcher = createDispatcher(routes, settings, reading);
      handlers.push((request, response, next) => {
        const found = dispatcher.find(request.method ?? "", request.url ?? "");
        if (found === undefined) {
          next();
          return;
        }
        Object.assign(request, { params: found.params });
        runHandlers(found.route.handlers, request, response, next);
      });
    },
    canMount: () => false,
    mount() {
      throw new Error("a plain application has no prefixes");
    },
  };
}
