import type { PolicyEntry, PolicyNode } from "../1-load/policy-document.js";
import type { Report } from "./mistake.js";
import type { AuthenticationModel, StrategyModel } from "./authentication-model.js";
import { quoteText } from "./quote-text.js";
import { entriesOf, itemsOf, textOf, valueAt } from "./read-node.js";
import { resolveStrategy } from "./resolve-strategy.js";
import { byName, compareText } from "./sort-names.js";
import { createSuggestName } from "./suggest-name.js";

/** The strategies of a policy that has issuers of these names, and those that a route takes where it says nothing. */
export function resolveAuthentication(
  section: PolicyEntry | undefined,
  issuers: readonly string[],
  report: Report,
): AuthenticationModel {
  const strategies = entriesOf(valueAt(section?.value, "strategies"))
    .map((entry) => resolveStrategy(entry, issuers, report))
    .toSorted(byName);
  const find = createFindStrategies(strategies, report);
  const node = valueAt(section?.value, "default");
  return { strategies, default: node === undefined ? [] : find(node) };
}

export type FindStrategies = (node: PolicyNode) => readonly string[];

/** Reads the strategies that a path or a rule names, sorted; what cannot be told apart is reported. */
export function createFindStrategies(
  strategies: readonly StrategyModel[],
  report: Report,
): FindStrategies {
  const known = new Map(strategies.map((strategy) => [strategy.name, strategy]));
  const suggest = createSuggestName([...known.keys()]);
  return (node) => {
    const found = itemsOf(node).flatMap((item): readonly StrategyModel[] => {
      const name = textOf(item) ?? "";
      const strategy = known.get(name);
      if (strategy !== undefined) return [strategy];
      report({
        code: "unknown-strategy",
        message: `unknown strategy ${quoteText(name)}`,
        at: item.at,
        help: suggest(name) ?? "declare it under `authentication`, in `strategies`",
      });
      return [];
    });
    const chosen = [...new Set(found)];
    reportAlike(chosen, node, report);
    return chosen.map(({ name }) => name).toSorted(compareText);
  };
}

/** Nothing is tried one after another: the form of the credentials must say who judges them. */
function reportAlike(chosen: readonly StrategyModel[], node: PolicyNode, report: Report): void {
  const byForm = new Map<string, StrategyModel>();
  for (const strategy of chosen) {
    const form = formOf(strategy);
    const [first] = chosen;
    const rival =
      byForm.get(form) ?? (chosen.some(readsAll) && strategy !== first ? first : undefined);
    byForm.set(form, strategy);
    if (rival === undefined) continue;
    report({
      code: "ambiguous-strategies",
      message: `credentials for ${quoteText(rival.name)} and ${quoteText(strategy.name)} look alike`,
      at: node.at,
      help: "name one of each form: JWTs, opaque tokens, an allow list, and each header of the application",
      related: [
        { message: "the one", at: rival.at },
        { message: "the other", at: strategy.at },
      ],
    });
  }
}

function formOf(strategy: StrategyModel): string {
  return strategy.kind === "application" ? `application ${strategy.header ?? ""}` : strategy.kind;
}

function readsAll(strategy: StrategyModel): boolean {
  return strategy.kind === "application" && strategy.header === undefined;
}
