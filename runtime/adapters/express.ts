import { gateHandlers, layersOf } from "../host-settings.js";

/** A route that a person registered with Express, as a request meets it. */
export interface HostRoute {
  /** Tells routes apart. */
  readonly identity: object;
  /** Mount prefixes as the request spells them, then the path as it was registered. */
  readonly path: string;
  /** Whether the path holds a regular expression, which cannot be compared with a pattern. */
  readonly isExpression: boolean;
  /** Ids of the guards among its handlers. */
  readonly guards: readonly string[];
  /** Whether the global gate stands before it. */
  readonly isGated: boolean;
}

/** What Express would do with a request: run a route, hand it to the mount helper, or answer 404. */
export type Dispatch =
  | { readonly kind: "route"; readonly route: HostRoute }
  | { readonly kind: "mounted" }
  | { readonly kind: "hidden"; readonly path: string }
  | { readonly kind: "none" };

/** An Express application, 4 or 5, or one of its routers. */
export interface ExpressApp {
  /** The path that an application is mounted at, with those of its parents. */
  path?(): string;
}

/** The part of a layer of Express's router that its matching uses. */
interface Layer {
  readonly handle: { readonly stack?: readonly Layer[]; readonly id?: unknown };
  readonly name: string;
  readonly path?: string;
  readonly route?: {
    readonly path: unknown;
    readonly methods: Readonly<Record<string, boolean>>;
    readonly stack: readonly Layer[];
  };
  match(path: string): boolean | { readonly path: string };
}

/** Finds what runs for a method and a path by asking the host's own matchers, in the host's order. */
export function dispatch(
  app: ExpressApp,
  others: readonly ExpressApp[],
  request: { readonly method: string; readonly path: string },
): Dispatch {
  const { method } = request;
  let isGated = false;
  return walk(layersIn(app), { base: prefixOf(app), path: request.path }) ?? { kind: "none" };

  function walk(
    layers: readonly Layer[],
    at: { readonly base: string; readonly path: string },
  ): Dispatch | undefined {
    for (const layer of layers) {
      const matched = matchLayer(layer, at.path);
      if (matched === undefined) continue;
      const { route, handle } = layer;
      const kind = gateHandlers.get(handle) ?? gateHandlers.get(layer);
      if (route !== undefined) {
        if (!handles(route.methods, method)) continue;
        return { kind: "route", route: readRoute(route, at.base, isGated) };
      }
      const rest = at.path.slice(matched.length);
      const inner = { base: at.base + matched, path: rest.startsWith("/") ? rest : `/${rest}` };
      if (kind === "mount") return { kind: "mounted" };
      if (kind === "gate") isGated = true;
      else if (handle.stack !== undefined) {
        const found = walk(handle.stack, inner);
        if (found !== undefined) return found;
      } else if (layer.name === "mounted_app" && kind === undefined) {
        const child = others.find((other) => samePath(prefixOf(other), inner.base));
        if (child === undefined) return { kind: "hidden", path: inner.base };
        const found = walk(layersIn(child), inner);
        if (found !== undefined) return found;
      }
    }
    return undefined;
  }
}

/** The routes of an application and its routers, with the path below their innermost router. */
export function listRoutes(app: ExpressApp): readonly {
  readonly identity: object;
  readonly methods: readonly string[];
  readonly path: string;
}[] {
  const visit = (layers: readonly Layer[]): ReturnType<typeof listRoutes> =>
    layers.flatMap(({ route, handle }) => {
      if (route === undefined) return handle.stack === undefined ? [] : visit(handle.stack);
      const methods = Object.keys(route.methods).map((name) => name.toUpperCase());
      return [{ identity: route, methods, path: String(route.path) }];
    });
  return visit(layersIn(app));
}

export function prefixOf(app: ExpressApp): string {
  return typeof app.path === "function" ? app.path().replace(/[/]$/, "") : "";
}

function layersIn(app: ExpressApp): readonly Layer[] {
  return layersOf(app) as readonly Layer[];
}

/** The text that a layer takes off the front of a path; Express 5.2 returns it, others leave it on the layer. */
function matchLayer(layer: Layer, path: string): string | undefined {
  let matched;
  try {
    matched = layer.match(path);
  } catch {
    return undefined;
  }
  if (matched === false) return undefined;
  const text = typeof matched === "object" ? matched.path : (layer.path ?? "");
  return text.replace(/[/]$/, "");
}

function handles(methods: Readonly<Record<string, boolean>>, method: string): boolean {
  const name = method.toLowerCase();
  return (
    methods["_all"] === true ||
    methods[name] === true ||
    (name === "head" && methods["get"] === true)
  );
}

function readRoute(route: NonNullable<Layer["route"]>, base: string, isGated: boolean): HostRoute {
  const paths = [route.path].flat();
  return {
    identity: route,
    // A router's own root is the path that it is mounted at.
    path: base + paths.map((path) => (path === "/" && base !== "" ? "" : String(path))).join("|"),
    isExpression: paths.some((path) => typeof path !== "string") || paths.length > 1,
    guards: route.stack.flatMap(({ handle }) => (typeof handle.id === "string" ? handle.id : [])),
    isGated,
  };
}

function samePath(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
