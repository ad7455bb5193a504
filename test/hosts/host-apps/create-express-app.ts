import type { RequestListener } from "node:http";
import { isLiteral } from "../agreement/route-table.js";
import type { Handler, HostApp, HostSettings } from "./host-app.js";

/** What versions 4 and 5 have in common of all that is used here. */
export interface ExpressFactory {
  (): ExpressApp;
  Router(options: object): ExpressRouter;
}

interface ExpressRouter {
  use(...handlers: readonly (string | Handler | ExpressRouter)[]): unknown;
  route(
    path: string | readonly string[],
  ): Readonly<Record<string, (...h: readonly Handler[]) => unknown>>;
}

interface ExpressApp extends ExpressRouter {
  set(setting: string, value: unknown): unknown;
}

export interface ExpressVersion {
  readonly factory: ExpressFactory;
  readonly version: 4 | 5;
}

/** Routes as Express takes them: settings for the app, options for every router below it. */
export function createExpressApp(express: ExpressVersion, settings: HostSettings): HostApp {
  const app = express.factory();
  app.set("x-powered-by", false);
  app.set("query parser", false);
  app.set("etag", false);
  // Prints no stack of the errors that tests throw.
  app.set("env", "test");
  app.set("case sensitive routing", settings.caseSensitive);
  app.set("strict routing", settings.strict);
  // An Express application is itself a listener.
  const listener = app as unknown as RequestListener;
  return wrap({ express, settings, listener, isParametric: false }, app);
}

interface Surroundings {
  readonly express: ExpressVersion;
  readonly settings: HostSettings;
  readonly listener: RequestListener;
  /** Whether a prefix above has parameters, which an application below would not see. */
  readonly isParametric: boolean;
}

function wrap(surroundings: Surroundings, app: ExpressRouter): HostApp {
  const { express, settings, listener } = surroundings;
  return {
    listener,
    use(handler) {
      app.use(handler);
    },
    route(routes) {
      const isGrouped = settings.style % 2 === 0;
      for (const group of isGrouped ? [routes] : routes.map((route) => [route])) {
        const [first] = group;
        if (first === undefined) continue;
        const route = app.route(expressPath(express.version, first.segments));
        for (const { method, handlers } of group) route[method.toLowerCase()]?.(...handlers);
      }
    },
    canMount: (prefix) => prefix.every((segment) => !segment.startsWith("*") && segment !== ""),
    mount(prefix) {
      const { caseSensitive, strict } = settings;
      const isParametric = surroundings.isParametric || !prefix.every(isLiteral);
      // Only a router can take over the parameters of its prefix.
      if (settings.style % 3 === 0 && !isParametric) {
        const below = createExpressApp(express, settings);
        app.use(`/${prefix.join("/")}`, below.listener as unknown as Handler);
        return below;
      }
      const router = express.factory.Router({ caseSensitive, strict, mergeParams: true });
      app.use(`/${prefix.join("/")}`, router);
      return wrap({ ...surroundings, isParametric }, router);
    },
  };
}

/** A pattern of the policy in Express's own spelling. */
export function expressPath(
  version: 4 | 5,
  segments: readonly string[],
): string | readonly string[] {
  const isRest = segments.at(-1) === "**";
  const written = (isRest ? segments.slice(0, -1) : segments).map((segment, index) =>
    segment === "*" ? `:star${index}` : segment,
  );
  const base = written.length === 0 ? "" : `/${written.join("/")}`;
  if (!isRest) return base || "/";
  // Version 5 takes no empty wildcard, so that the slash before it is a pattern of its own.
  if (version === 5) return [`${base}/`, `${base}{/*rest}`];
  return [base || "/", `${base}/*`];
}
