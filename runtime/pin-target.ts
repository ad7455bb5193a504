import { GateError } from "./gate-error.js";
import { isConnect } from "./http.js";
import type { HostRequest } from "./http.js";

/**
 * Keeps later handlers from routing a decided request elsewhere: its method stays, and its URL can only
 * lose and regain a mount prefix, as hosts do. A handler that tries otherwise gets a
 * GateError `rewritten-target`.
 */
export function pinTarget(request: HostRequest): void {
  const { method, originalUrl, baseUrl = "" } = request;
  let url = request.url ?? "";
  // A throw in a host's own code would end the process: whatever a host does is let through, and what
  // Connect does to dots and capitals was looked at before.
  const fold = isConnect(request) ? (text: string) => text.toLowerCase() : (text: string) => text;
  const wholes = [originalUrl ?? "", baseUrl + url].map(fold);
  const isPart = (part: string) => wholes.some((whole) => whole.endsWith(fold(part)));
  pin(
    "method",
    () => method,
    (value) => value === method,
  );
  pin(
    "url",
    () => url,
    (value) => {
      const isKept = isPart(value) || (/^[/]([?.]|$)/.test(value) && isPart(value.slice(1)));
      if (isKept) url = value;
      return isKept;
    },
  );

  function pin(name: string, get: () => unknown, accepts: (value: string) => boolean): void {
    Object.defineProperty(request, name, {
      configurable: true,
      enumerable: true,
      get,
      set(value: unknown) {
        if (typeof value === "string" && accepts(value)) return;
        throw new GateError("rewritten-target", `a handler behind the gate changed the ${name}`);
      },
    });
  }
}
