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

/**
 * The full raw target of a request, or undefined where a handler before the gate rewrote `url`: what
 * is left to be routed must be the unmodified end of what was sent, apart from the slash that the
 * host itself inserts behind a mount path.
 */
export function fullTarget(request: HostRequest): string | undefined {
  const url = request.url ?? "";
  const original = request.originalUrl;
  if (original === undefined || original === url) return url;
  const prefix = request.baseUrl;
  const fits = (rest: string) =>
    prefix === undefined ? original.endsWith(rest) : original === prefix + rest;
  const isInserted = url === "/" || url.startsWith("/?");
  return fits(url) || (isInserted && fits(url.slice(1))) ? original : undefined;
}
