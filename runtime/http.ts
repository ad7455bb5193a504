import type { IncomingMessage, ServerResponse } from "node:http";

export type NextFunction = (error?: unknown) => void;

/** A Connect/Express-style handler; `next` may be left out on bare `node:http`. */
export type Middleware<Request = IncomingMessage, Response = ServerResponse> = (
  request: Request,
  response: Response,
  next?: NextFunction,
) => void;

/** What Connect and Express add to a request. */
export interface HostRequest extends IncomingMessage {
  readonly originalUrl?: string;
  readonly baseUrl?: string;
  /** What the package method-override leaves. */
  readonly originalMethod?: string;
  /** Express's application. */
  readonly app?: object;
  params?: unknown;
}

/** The full raw target of a request, as its client sent it. */
export function sentTarget({ originalUrl, url = "" }: HostRequest): string {
  return originalUrl ?? url;
}

/** What the host routes by now, with the prefixes that it took off; Connect does not tell those. */
export function routedTarget({ baseUrl = "", url = "" }: HostRequest): string {
  const isInserted = baseUrl !== "" && /^[/]([?]|$)/.test(url);
  return baseUrl + (isInserted ? url.slice(1) : url);
}

/**
 * What became of a target by the time it is decided on. `whole`: what is left to be routed is its
 * unmodified end, apart from the slash that the host itself inserts behind a mount path. `split`: the
 * host took a dot for the end of a mount path, as Connect does with `/admin.bak` and `/admin`.
 */
export function compareTarget(request: HostRequest): "whole" | "split" | "rewritten" {
  const url = request.url ?? "";
  const original = sentTarget(request);
  const prefix = request.baseUrl;
  // Connect leaves `/A` as `/a` where a mount path `/a` took it and passed it on.
  const fits = (rest: string) =>
    prefix === undefined
      ? original.toLowerCase().endsWith(rest.toLowerCase())
      : original === prefix + rest;
  const isInserted = url === "/" || url.startsWith("/?");
  if (fits(url) || (isInserted && fits(url.slice(1)))) return "whole";
  return url.startsWith("/.") && fits(url.slice(1)) ? "split" : "rewritten";
}

/** Connect keeps the URL that was sent and does not say which part of it a mount path took. */
export function isConnect({ originalUrl, baseUrl }: HostRequest): boolean {
  return originalUrl !== undefined && baseUrl === undefined;
}
