import type { PolicyEntry } from "../1-load/policy-document.js";
import type { AuditLogModel } from "./audit-log-model.js";
import type { Report } from "./mistake.js";
import type { RouteModel } from "./policy-model.js";
import { quoteText } from "./quote-text.js";
import { itemsOf, textOf } from "./read-node.js";

const DAY = 86_400;

/**
 * The floors of presets, in days: `cn`, Cybersecurity Law of China (logs of six months), also by `mlps3` (GB/T 22239,
 * level 3); `pci`, PCI DSS 4.0.1, 10.5.1 (twelve months).
 */
const FLOORS: Readonly<Record<string, number>> = { cn: 183, mlps3: 183, pci: 365, gdpr: 0 };

export interface Compliance {
  readonly at: PolicyEntry["keyAt"] | undefined;
  readonly presets: ReadonlySet<string>;
  /** In seconds, the longest. */
  readonly floor: number;
}

export function readCompliance(entry: PolicyEntry | undefined): Compliance {
  const presets = new Set(itemsOf(entry?.value).map((item) => textOf(item) ?? ""));
  const days = Math.max(0, ...[...presets].map((preset) => FLOORS[preset] ?? 0));
  return { at: entry?.keyAt, presets, floor: days * DAY };
}

export interface ComplianceScope {
  readonly model: AuditLogModel;
  readonly declared: readonly PolicyEntry[];
  readonly routes: readonly RouteModel[];
}

/** What a preset demands, and the policy says otherwise or does not say. */
export function reportCompliance(
  { at, presets, floor }: Compliance,
  scope: ComplianceScope,
  report: Report,
): void {
  if (at === undefined) return;
  const { model, declared, routes } = scope;
  const days = floor / DAY;
  for (const { name, floor: own, ceiling, overflow } of model.categories) {
    const place = declared.find(({ key }) => key === name)?.keyAt ?? at;
    if (Math.min(own ?? floor, ceiling ?? floor) < floor) {
      report({
        code: "retention-below-floor",
        message: `${quoteText(name)} is kept for less than the ${days} days that \`compliance\` demands`,
        at: place,
        help: `write at least \`${days}d\`, or leave it out`,
      });
    }
    if (floor > 0 && overflow === "drop_oldest") {
      unmet(place, `${quoteText(name)} gives away events that are to be kept`, {
        help: "write `fail_closed`, `drop_newest` or `spill` as its `overflow`",
      });
    }
    if (presets.has("gdpr") && ceiling === undefined) {
      unmet(place, `nothing says how long ${quoteText(name)} may be kept`, {
        help: `write \`${name}: { retention: { ceiling: 365d } }\` under \`categories\``,
      });
    }
  }
  if (!presets.has("mlps3")) return;
  const open = routes.find(({ auditCategory }) => auditCategory === undefined);
  if (open !== undefined) {
    unmet(open.at, `${quoteText(open.id)} names no category of its records`, {
      help: "write `audit: access`, or another category, at the route or above it",
    });
  }
  if (model.sinks.filter(({ isRequired }) => isRequired).length < 2) {
    unmet(at, "records are backed up in no second place", { help: "add a second required sink" });
  }
  if (model.signer === undefined) {
    unmet(at, "nobody signs the log", {
      help: "write `signer: { environment: GW_AUDIT_SIGNER }` under `audit.log`",
    });
  }

  function unmet(place: PolicyEntry["keyAt"], message: string, { help }: { help: string }): void {
    report({ code: "compliance-unmet", message, at: place, help });
  }
}
