import { toLine } from "../1-read/to-line.js";
import type { PlannedResource, PlannedRole, PlannedRoute } from "../2-plan/import-plan.js";
import { printRoutes } from "./print-routes.js";
import type { Settings } from "./print-settings.js";
import { printKey, printProse, printText } from "./print-text.js";

/** What a new file holds; a section without entries is left out. */
export interface FileContent {
  /** As diagnostics print it: relative, with forward slashes. */
  readonly path: string;
  /** Named in the head, so that a reader finds where the file comes from. */
  readonly document: string;
  readonly roles: readonly PlannedRole[];
  readonly resources: readonly PlannedResource[];
  readonly routes: readonly PlannedRoute[];
  /** Sections that stand at the end. */
  readonly settings: Settings;
}

export function printFile(content: FileContent): string {
  const { path, document, roles, resources, routes, settings } = content;
  const schema = `${"../".repeat(path.split("/").length - 1)}node_modules/gatewright/schema`;
  const sections = [
    [
      `# yaml-language-server: $schema=${schema}/policy.schema.json`,
      `# Imported from ${toLine(document)}; yours to edit: the next import keeps what you change.`,
      "gatewright: 1",
    ],
    section(
      "roles",
      roles.flatMap((role) => printRole(role, "  ")),
    ),
    section(
      "resources",
      resources.flatMap((resource) => printResource(resource, "  ")),
    ),
    section("routes", printRoutes(routes, { indent: "  ", skip: 0, slashes: [] })),
    ...[...settings].map(([name, lines]) =>
      section(
        name,
        lines.map((line) => `  ${line}`),
      ),
    ),
  ];
  const filled = sections.filter((lines) => lines.length > 0);
  return `${filled.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

function section(name: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [`${name}:`, ...lines];
}

export function printRole(role: PlannedRole, indent: string): readonly string[] {
  const { name, description, inherits, grants } = role;
  const inner = `${indent}  `;
  return [
    printKey(name, indent),
    ...printDescription(description, inner),
    ...(inherits.length === 0 ? [] : [`${inner}inherits: [${inherits.map(printText).join(", ")}]`]),
    ...printItems("grants", grants, inner),
  ];
}

export function printResource(resource: PlannedResource, indent: string): readonly string[] {
  const { name, description, actions } = resource;
  const inner = `${indent}  `;
  return [
    printKey(name, indent),
    ...printDescription(description, inner),
    ...printItems("actions", actions, inner),
  ];
}

export function printDescription(text: string, indent: string): readonly string[] {
  return text === "" ? [] : [`${indent}description: ${printProse(text)}`];
}

/** One item to a line, so that a change of one is a change of one line. */
export function printItems(
  key: string,
  items: readonly string[],
  indent: string,
): readonly string[] {
  if (items.length === 0) return [];
  return [`${indent}${key}:`, ...items.map((item) => `${indent}  - ${printText(item)}`)];
}
