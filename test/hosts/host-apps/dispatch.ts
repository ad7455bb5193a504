import { isLiteral } from "../agreement/route-table.js";
import type { HandRoute, HostSettings } from "./host-app.js";
import type { Handler } from "./host-app.js";

/** How a dispatcher written by hand comes from `request.url` to the segments that it compares. */
export interface PathReading {
  readonly name: string;
  /** Undefined where it gives up. */
  segmentsOf(url: string): readonly string[] | undefined;
  /** How it would write a literal of the policy. */
  literal(segment: string): string;
  readonly decode: (segment: string) => string;
}

const asSent: PathReading = {
  name: "the path as sent",
  segmentsOf: (url) => split(url.slice(0, url.search(/\?|$/))),
  literal: (segment) => segment,
  decode: decodeOrKeep,
};

/** What most people write: WHATWG URL resolves dot segments and takes `\` for a slash. */
const asUrl: PathReading = {
  name: "the pathname of a URL",
  segmentsOf(url) {
    const base = "http://localhost";
    return URL.canParse(url, base) ? split(new URL(url, base).pathname) : undefined;
  },
  literal: (segment) => segment,
  decode: decodeOrKeep,
};

/** Decodes first and splits then: right as long as no segment holds an encoded slash. */
const decoded: PathReading = {
  name: "the decoded path",
  segmentsOf(url) {
    try {
      return split(decodeURIComponent(url.slice(0, url.search(/\?|$/))));
    } catch {
      return undefined;
    }
  },
  literal: decodeURIComponent,
  decode: (segment) => segment,
};

export const pathReadings: readonly PathReading[] = [asSent, asUrl, decoded];

export interface Dispatcher {
  /** The first route, in the order given, that a request meets; with its parameters by name. */
  find(method: string, url: string): Found | undefined;
}

export interface Found {
  readonly route: HandRoute;
  readonly params: Readonly<Record<string, string>>;
}

/** A dispatcher as one writes it without a framework: HEAD falls back to GET, capitals fold as asked. */
export function createDispatcher(
  routes: readonly HandRoute[],
  settings: HostSettings,
  reading: PathReading,
): Dispatcher {
  const fold = (text: string) =>
    settings.caseSensitive ? text : text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  const prepared = routes.map((route) => ({
    route,
    parts: route.segments.map((segment) =>
      isLiteral(segment) ? fold(reading.literal(segment)) : segment,
    ),
    yieldsHead:
      route.method === "GET" &&
      !routes.some((other) => other.method === "HEAD" && isSamePath(other, route)),
  }));
  return {
    find(method, url) {
      const all = reading.segmentsOf(url);
      if (all === undefined) return undefined;
      const isTrimmed = all.at(-1) === "" && (!settings.strict || all.length === 1);
      const segments = isTrimmed ? all.slice(0, -1) : all;
      for (const { route, parts, yieldsHead } of prepared) {
        const isBound = route.method === method || (method === "HEAD" && yieldsHead);
        if (isBound && fits(parts, segments, fold)) {
          return { route, params: paramsOf(route, segments, reading) };
        }
      }
      return undefined;
    },
  };
}

/** Runs the handlers of a route one after the other, as a framework would. */
export function runHandlers(
  handlers: readonly Handler[],
  ...[request, response, next]: Parameters<Handler>
): void {
  const [first, ...rest] = handlers;
  if (first === undefined) next();
  else {
    first(request, response, (error) => {
      if (error === undefined) runHandlers(rest, request, response, next);
      else next(error);
    });
  }
}

/** Handlers behind a gate never see what cannot be decoded. */
function decodeOrKeep(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

function split(path: string): readonly string[] {
  return path.split("/").slice(1);
}

function isSamePath(a: HandRoute, b: HandRoute): boolean {
  return a.segments.join("/") === b.segments.join("/");
}

function fits(
  parts: readonly string[],
  segments: readonly string[],
  fold: (text: string) => string,
): boolean {
  const isRest = parts.at(-1) === "**";
  const fixed = isRest ? parts.length - 1 : parts.length;
  if (isRest ? segments.length < fixed : segments.length !== fixed) return false;
  return segments.slice(0, fixed).every((segment, index) => {
    const part = parts[index] ?? "";
    return isLiteral(part) ? part === fold(segment) : segment !== "";
  });
}

function paramsOf(route: HandRoute, segments: readonly string[], reading: PathReading) {
  return Object.fromEntries(
    route.segments.flatMap((part, index) =>
      part.startsWith(":") ? [[part.slice(1), reading.decode(segments[index] ?? "")]] : [],
    ),
  );
}
