import type { PolicyNode } from "../1-load/policy-document.js";
import type { Report } from "./mistake.js";
import { quoteText } from "./quote-text.js";
import { itemsOf, textOf } from "./read-node.js";

/**
 * Origins of web pages as browsers serialise them (RFC 6454, section 6.2), sorted; for `cors` also `*`,
 * which then stands alone.
 */
export function resolveOrigins(
  node: PolicyNode | undefined,
  use: OriginUse,
  report: Report,
): readonly string[] {
  const items = itemsOf(node);
  const origins = new Set<string>();
  for (const item of items) {
    const text = textOf(item) ?? "";
    if (text === "*" && use === "cors" && items.length === 1) origins.add(text);
    else if (isOrigin(text)) origins.add(text);
    else {
      report({
        code: "bad-origin",
        message: `${quoteText(text)} is not an origin`,
        at: item.at,
        help: helpFor(text, use),
      });
    }
  }
  return [...origins].toSorted();
}

type OriginUse = keyof typeof starHelp;

const starHelp = {
  cors: "`*` stands for every origin, so it stands alone",
  upgrade: "name the origins: any page could connect with its user's network and cookies",
  dpop: "name the origins of this service: a proof for another one must not serve here",
  sessions: "name the origins of the client's pages: any other page could refresh and log out",
} as const;

function isOrigin(text: string): boolean {
  return originOf(text) === text;
}

/** Of a text that is a URL; the origin `null` is shared by pages that have nothing else in common. */
function originOf(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isWeb = url?.protocol === "https:" || url?.protocol === "http:";
  return isWeb ? url.origin : undefined;
}

function helpFor(text: string, use: OriginUse): string {
  if (text === "*") {
    return starHelp[use];
  }
  const origin = originOf(text);
  return origin === undefined
    ? "write scheme, host and port as a browser does: `https://desk.example`"
    : `did you mean \`${origin}\`?`;
}
