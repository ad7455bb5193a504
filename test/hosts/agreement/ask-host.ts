import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { createHostApp } from "../host-apps/create-host-app.js";
import { bySpecificity } from "./route-table.js";
import type { RouteTable, TableRoute } from "./route-table.js";
import type { Scenario } from "./scenario.js";

/** Tells which handler a host runs for a method and a URL where no gate stands before it. */
export type AskHost = (method: string, url: string) => TableRoute | undefined;

/** The routes of a scenario registered flat and by a careful hand, with nothing to guard them. */
export function createAskHost(scenario: Scenario): AskHost {
  const { host, style, table } = scenario;
  const { caseSensitive, strict } = table;
  const app = createHostApp(host, { caseSensitive, strict, style });
  const found = new WeakMap<IncomingMessage, TableRoute>();
  for (const routes of groups(table)) {
    app.route(
      routes.map((route) => ({
        method: route.method,
        segments: route.segments,
        handlers: [(request) => found.set(request, route)],
      })),
    );
  }
  // What no route takes ends here: the host's own last handler would wait for a connection to close.
  app.use(() => undefined);
  const socket = new Socket();
  return (method, url) => {
    const request = new IncomingMessage(socket);
    Object.assign(request, { method, url });
    // All hosts find a handler before they return; so few layers take no second turn.
    app.listener(request, new ServerResponse(request));
    return found.get(request);
  };
}

/** Neighbours at one pattern. */
function groups(table: RouteTable): readonly (readonly TableRoute[])[] {
  const all: TableRoute[][] = [];
  for (const route of bySpecificity(table)) {
    const group = all.at(-1);
    const isSame = group?.[0]?.segments.join("/") === route.segments.join("/");
    if (group !== undefined && isSame) group.push(route);
    else all.push([route]);
  }
  return all;
}
