import type { PolicyEntry, PolicyNode } from "../1-load/policy-document.js";
import type { Report } from "./mistake.js";
import type { RequirementsModel, StepUpModel } from "./policy-model.js";
import { quoteText } from "./quote-text.js";
import { readDuration } from "./read-duration.js";
import { entriesOf, itemsOf, textOf, valueAt } from "./read-node.js";

/** RFC 6749, section 3.3: what a scope may be spelt with; RFC 9470 lists classes in the same quoted way. */
const SCOPE_TOKEN = /^[!#-[\]-~]{1,200}$/;

export const noRequirements: RequirementsModel = { scopes: [], stepUp: undefined };

/**
 * What a path or a rule asks of the token besides roles. Scopes add to those of the path above; `stepUp`
 * takes the place of the one above.
 */
export function resolveRequirements(
  body: PolicyNode,
  above: RequirementsModel,
  report: Report,
): RequirementsModel {
  const entry = (key: string) => entriesOf(body).find((found) => found.key === key);
  const scopes = entry("scopes");
  const stepUp = entry("stepUp");
  if (scopes === undefined && stepUp === undefined) return above;
  const own = scopes === undefined ? [] : readTokens(scopes.value, "scope", report);
  return {
    scopes: [...new Set([...above.scopes, ...own])].toSorted(),
    stepUp: stepUp === undefined ? above.stepUp : resolveStepUp(stepUp, report),
  };
}

/** A public rule reads no credentials, so nothing can be asked of them. */
export function reportPublicRequirements(rule: PolicyNode, report: Report): void {
  for (const { key, keyAt } of entriesOf(rule)) {
    if (key !== "scopes" && key !== "stepUp") continue;
    report({
      code: "requirement-on-public",
      message: `${quoteText(key)} stands on a public route, whose callers need no token`,
      at: keyAt,
      help: "leave it out, or write `access: authenticated`",
    });
  }
}

/** How old a sign-in may be where people still call it recent. */
const MAX_AGE = 86_400;

function resolveStepUp({ keyAt, value }: PolicyEntry, report: Report): StepUpModel {
  const acr = valueAt(value, "acr");
  const maxAge = valueAt(value, "maxAge");
  if (acr === undefined && maxAge === undefined) {
    report({
      code: "empty-step-up",
      message: "`stepUp` asks for nothing",
      at: keyAt,
      help: "write `acr`, `maxAge` or both",
    });
  }
  const seconds = readDuration(maxAge);
  if (maxAge !== undefined && (seconds === undefined || seconds > MAX_AGE)) {
    report({
      code: "bad-step-up-age",
      message: "`maxAge` is not a duration of at most 24 hours",
      at: maxAge.at,
      help: "write it like `30s`, `10m` or `1h`",
    });
  }
  return {
    acr: acr === undefined ? [] : readTokens(acr, "acr", report),
    maxAgeSeconds: maxAge === undefined ? undefined : (seconds ?? 0),
  };
}

/** As written, each once: of classes, the first is the one that is asked for first. */
function readTokens(node: PolicyNode, what: "scope" | "acr", report: Report): readonly string[] {
  const texts = itemsOf(node).flatMap((item) => {
    const text = textOf(item) ?? "";
    if (SCOPE_TOKEN.test(text)) return text;
    report({
      code: what === "scope" ? "bad-scope" : "bad-acr",
      message: `${quoteText(text)} is not ${what === "scope" ? "a scope" : "an authentication context class"}`,
      at: item.at,
      help: "write printable ASCII without spaces, quotes and backslashes; several as a list",
    });
    return [];
  });
  return [...new Set(texts)];
}
