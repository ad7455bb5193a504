import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Middleware } from "../http.js";
import type { KeyRing } from "./key-ring.js";

/**
 * Serves the public keys of a ring as a JWKS (RFC 7517), for `/.well-known/jwks.json`: staged, active and
 * retiring ones, never a secret. Verifiers may keep an answer as long as the ring publishes a key before it
 * signs. Answers GET and HEAD; other methods with 405.
 *
 * @example
 * app.use("/.well-known/jwks.json", jwksHandler(ring));
 */
export function jwksHandler(ring: Pick<KeyRing, "jwks" | "describe">): Middleware {
  return (request, response) => {
    if (request.method !== "GET" && request.method !== "HEAD") {
      response.writeHead(405, { Allow: "GET, HEAD", "Content-Length": 0 }).end();
      return;
    }
    const body = JSON.stringify(ring.jwks());
    const etag = `"${createHash("sha256").update(body).digest("base64url")}"`;
    response.setHeader("ETag", etag);
    response.setHeader("Cache-Control", `public, max-age=${ring.describe().publishSeconds}`);
    if (isHeld(request, etag)) response.writeHead(304).end();
    else sendBody(request, response, body);
  };
}

/** RFC 9110, section 13.1.2: any of a list, weak or not, or whatever there is. */
function isHeld({ headers }: IncomingMessage, etag: string): boolean {
  const held = headers["if-none-match"]?.split(",").map((tag) => tag.trim().replace(/^W\//, ""));
  return held?.some((tag) => tag === etag || tag === "*") === true;
}

/** RFC 7517, section 8.5.1, names the media type. */
function sendBody(request: IncomingMessage, response: ServerResponse, body: string): void {
  response.writeHead(200, {
    "Content-Type": "application/jwk-set+json",
    "Content-Length": Buffer.byteLength(body),
    "X-Content-Type-Options": "nosniff",
  });
  response.end(request.method === "HEAD" ? undefined : body);
}
