import type { IncomingMessage } from "node:http";
import { GateError } from "../gate-error.js";
import type { PolicyTypes } from "../policy-types.js";
import { cookieNames, hasCookies, readCookies } from "./cookies.js";
import type { CookieName } from "./cookies.js";
import type { SessionCore } from "./open-core.js";
import { readFields } from "./read-fields.js";
import { findForgery, isFromPage } from "./same-origin.js";

/** A refresh token as a request brings it, or why it is not looked at. */
export type Presented =
  | {
      readonly kind: "token";
      readonly flow: "browser" | "native";
      readonly token: string | undefined;
      /** Of the body. */
      readonly fields: ReadonlyMap<string, string>;
      readonly cookies?: ReadonlyMap<CookieName, string>;
    }
  /** Cookies of which nobody can tell who set them. */
  | { readonly kind: "cookies" }
  /** A request that another page may have sent, or one of the native flow from a page. */
  | { readonly kind: "forged"; readonly cause: string };

/**
 * Tells the flow of a request and reads its token from the one place where that flow has it: the cookie of a
 * page, or the body of what is no page. What the other place holds is never looked at.
 */
export async function readPresented<P extends PolicyTypes>(
  { settings }: SessionCore<P>,
  request: IncomingMessage,
): Promise<Presented> {
  const cookies = readCookies(request);
  const browsers = settings.clients.filter(({ flow }) => flow === "browser");
  if (isFromPage(request) || hasCookies(cookies)) {
    if (browsers.length === 0) return { kind: "forged", cause: "browser" };
    const cause = findForgery(
      request,
      browsers.flatMap(({ origins }) => origins),
    );
    if (cause !== undefined) return { kind: "forged", cause };
    if (!cookies.ok) return { kind: "cookies" };
    const { values } = cookies;
    const fields = await readFields(request);
    return {
      kind: "token",
      flow: "browser",
      token: values.get(cookieNames.token),
      fields,
      cookies: values,
    };
  }
  const fields = await readFields(request);
  const grant = fields.get("grant_type") ?? "refresh_token";
  if (grant !== "refresh_token") throw new GateError("invalid-request", "grant-type");
  return { kind: "token", flow: "native", token: fields.get("refresh_token"), fields };
}
