import type { ServerResponse } from "node:http";
import type { CorsFeature } from "./gate-features.js";
import type { RequestContext } from "./request-context.js";
import { routeOf } from "./snapshot.js";
import type { SerializedCorsRule } from "./snapshot-format.js";

/** Fetch standard, 3.2.2: request headers that a preflight need not ask for, in lower case. */
const SAFELISTED = ["accept", "accept-language", "content-language"];

/** The CORS protocol (Fetch standard, 3.2) by the rules of the policy's `cors`. */
export const cors: CorsFeature = (snapshot) => {
  const { rules, fallback } = snapshot.source.cors;
  const headersOf = rules.map(
    ({ headers }) => new Set([...SAFELISTED, ...headers.map((name) => name.toLowerCase())]),
  );
  const numberOf = ({ located }: RequestContext) => {
    const route = located?.route ?? -1;
    return route === -1 ? fallback : routeOf(snapshot, route).cors;
  };
  return {
    decorate(context, response) {
      const rule = rules[numberOf(context)];
      if (rule === undefined) return;
      addVary(response, ["Origin"]);
      const { origin } = response.req.headers;
      if (!admits(rule, origin)) return;
      admit(rule, origin, response);
      if (rule.exposedHeaders.length > 0) {
        response.setHeader("Access-Control-Expose-Headers", rule.exposedHeaders.join(", "));
      }
    },
    preflight(context, response) {
      const number = numberOf(context);
      const rule = rules[number];
      const { headers } = response.req;
      const { origin } = headers;
      if (rule === undefined) return "cors";
      if (!admits(rule, origin)) return "cors:origin";
      if (context.located?.route === -1) return "cors:method";
      const asked = namesIn(headers["access-control-request-headers"]);
      if (!asked.every((name) => headersOf[number]?.has(name))) return "cors:headers";
      admit(rule, origin, response);
      addVary(response, [
        "Origin",
        "Access-Control-Request-Method",
        "Access-Control-Request-Headers",
      ]);
      const method = String(headers["access-control-request-method"]);
      response.setHeader("Access-Control-Allow-Methods", method);
      if (asked.length > 0) response.setHeader("Access-Control-Allow-Headers", asked.join(", "));
      response.setHeader("Access-Control-Max-Age", rule.maxAgeSeconds);
      context.decision = { outcome: "allow", reason: "preflight" };
      context.isGuarded = true;
      response.statusCode = 204;
      response.end();
      return undefined;
    },
  };
};

/** Origins are compared whole and as they are spelt: the browser's serialisation is unique (RFC 6454). */
function admits(rule: SerializedCorsRule, origin: string | undefined): origin is string {
  return origin !== undefined && (rule.origins.includes("*") || rule.origins.includes(origin));
}

function admit(rule: SerializedCorsRule, origin: string, response: ServerResponse): void {
  const isAnyone = rule.origins.includes("*");
  response.setHeader("Access-Control-Allow-Origin", isAnyone ? "*" : origin);
  if (rule.credentials) response.setHeader("Access-Control-Allow-Credentials", "true");
}

/** What handlers before the gate said stays. */
function addVary(response: ServerResponse, names: readonly string[]): void {
  const varied = listed(response.getHeader("Vary"));
  const known = varied.map((name) => name.toLowerCase());
  const missing = names.filter((name) => !known.includes(name.toLowerCase()));
  if (!known.includes("*")) response.setHeader("Vary", [...varied, ...missing].join(", "));
}

function namesIn(header: unknown): readonly string[] {
  return listed(header).map((name) => name.toLowerCase());
}

function listed(header: unknown): readonly string[] {
  return String(header ?? "")
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
}
