import { isIP } from "node:net";
import type { PolicyEntry, PolicyNode } from "../1-load/policy-document.js";
import { hasControl } from "./has-control.js";
import type { Report } from "./mistake.js";
import type { AuditModel } from "./audit-events-model.js";
import type { ProblemsModel, RouterModel } from "./policy-model.js";
import { problemCodes } from "./problem-codes.js";
import { quoteText } from "./quote-text.js";
import { booleanOf, entriesOf, numberOf, textOf, textsOf, valueAt } from "./read-node.js";
import { compareText } from "./sort-names.js";
import { createSuggestName } from "./suggest-name.js";

const DEFAULT_PATH_LENGTH = 2048;
const MAX_HOPS = 16;
const DEFAULT_BASE = "urn:gatewright:problem:";
const DEFAULT_AUDIT_PATH = "audit/requests.jsonl";

/** How the host's router matches; the defaults are Express's. */
export function resolveRouter(section: PolicyEntry | undefined, report: Report): RouterModel {
  const body = section?.value;
  const semicolons = textOf(valueAt(body, "semicolons"));
  return {
    caseSensitive: booleanOf(valueAt(body, "caseSensitive")) ?? false,
    strict: booleanOf(valueAt(body, "strict")) ?? false,
    semicolons: semicolons === "allow" ? "allow" : "refuse",
    maxPathLength: resolvePathLength(valueAt(body, "maxPathLength"), report),
    trustedProxies: resolveProxies(valueAt(body, "trustedProxies"), report),
  };
}

export function resolveProblems(section: PolicyEntry | undefined, report: Report): ProblemsModel {
  const body = section?.value;
  return {
    base: resolveBase(valueAt(body, "base"), report),
    disclose: booleanOf(valueAt(body, "disclose")) ?? false,
    titles: resolveTitles(valueAt(body, "titles"), report),
  };
}

export function resolveAudit(section: PolicyEntry | undefined, report: Report): AuditModel {
  const node = valueAt(valueAt(section?.value, "sink"), "jsonl");
  return { sink: { kind: "jsonl", path: resolveAuditPath(node, DEFAULT_AUDIT_PATH, report) } };
}

/** A path below the folder that the service starts in. */
export function resolveAuditPath(
  node: PolicyNode | undefined,
  fallback: string,
  report: Report,
): string {
  const path = node === undefined ? fallback : (textOf(node) ?? "");
  if (node === undefined || isPathInside(path)) return path;
  report({
    code: "bad-audit-path",
    message: "the audit file does not lie below the folder that the service starts in",
    at: node.at,
    help: `write a relative path with forward slashes and without \`..\`, like \`${fallback}\``,
  });
  return fallback;
}

function resolvePathLength(node: PolicyNode | undefined, report: Report): number {
  if (node === undefined) return DEFAULT_PATH_LENGTH;
  const length = numberOf(node);
  if (length !== undefined && Number.isInteger(length) && length >= 64 && length <= 8192) {
    return length;
  }
  report({
    code: "bad-path-length",
    message: "`maxPathLength` is not a whole number from 64 to 8192",
    at: node.at,
    help: `leave it out for ${DEFAULT_PATH_LENGTH}`,
  });
  return DEFAULT_PATH_LENGTH;
}

function resolveProxies(
  node: PolicyNode | undefined,
  report: Report,
): RouterModel["trustedProxies"] {
  if (node === undefined) return 0;
  const hops = numberOf(node);
  if (hops !== undefined && Number.isInteger(hops) && hops >= 0 && hops <= MAX_HOPS) return hops;
  const blocks = node.kind === "list" ? node.items : [];
  for (const item of node.kind === "list" ? blocks : [node]) {
    if (node.kind === "list" && isBlock(textOf(item) ?? "")) continue;
    report({
      code: "bad-trusted-proxies",
      message:
        node.kind === "list"
          ? "this is neither an IP address nor a CIDR block"
          : `\`trustedProxies\` is neither a number of hops from 0 to ${MAX_HOPS} nor a list`,
      at: item.at,
      help: "write a number of hops, or a list like `[10.0.0.0/8, 2001:db8::1]`",
    });
  }
  return [...new Set(textsOf(node))].toSorted();
}

function isBlock(text: string): boolean {
  const [address = "", bits, ...others] = text.split("/");
  const version = isIP(address);
  if (version === 0 || address.includes("%") || others.length > 0) return false;
  if (bits === undefined) return true;
  return /^(?:0|[1-9][0-9]{0,2})$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128);
}

function resolveBase(node: PolicyNode | undefined, report: Report): string {
  if (node === undefined) return DEFAULT_BASE;
  const base = textOf(node);
  // RFC 3986: an absolute URI in ASCII, without query or fragment, to which a code can be appended.
  if (base !== undefined && /^[a-z][a-z0-9+.-]*:[!$&-;=@A-Z_a-z~]*[/:]$/i.test(base)) return base;
  report({
    code: "bad-problem-base",
    message: "`base` is not an absolute URI that ends in `/` or `:`",
    at: node.at,
    help: "the code of the problem is appended to it, like `https://example.com/problems/`",
  });
  return DEFAULT_BASE;
}

function resolveTitles(node: PolicyNode | undefined, report: Report): ProblemsModel["titles"] {
  const suggestCode = createSuggestName(problemCodes);
  return entriesOf(node)
    .flatMap((entry) => {
      const title = textOf(entry.value)?.trim();
      if (!problemCodes.includes(entry.key)) {
        report({
          code: "unknown-problem",
          message: `unknown problem ${quoteText(entry.key)}`,
          at: entry.keyAt,
          help: suggestCode(entry.key) ?? `known are ${problemCodes.join(", ")}`,
        });
        return [];
      }
      return title === undefined || title === "" ? [] : [{ code: entry.key, title }];
    })
    .toSorted((a, b) => compareText(a.code, b.code));
}

/** Relative, with forward slashes, and never upwards. */
function isPathInside(path: string): boolean {
  if (path === "" || path.length > 1024 || /\\|^[A-Za-z]:/.test(path) || hasControl(path))
    return false;
  const steps = path.split("/");
  return steps.every((step) => step !== "" && step !== "..") && steps.at(-1) !== ".";
}
