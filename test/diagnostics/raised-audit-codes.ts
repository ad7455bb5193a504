const auditLog =
  "log: {}, categories: {auth: {overflow: fail_closed}, config_change: {overflow: fail_closed}}";

/** Codes of `audit` and `masks`, each with a text that raises it; see `raised`. */
export const auditCodes: readonly (readonly [code: string, text: string])[] = [
  ["bad-mask", `masks: {m: {method: card, ▸bounds: [1]}}\n${auditOf("m")}`],
  ["unknown-mask", auditOf("▸crad")],
  ["audit-without-secret", `▸${auditOf("hmac")}`],
  [
    "low-entropy-hash",
    "audit: {secret: {environment: S}, events: {a.b: {fields: {f: {type: bool, class: ▸hmac}}}}}",
  ],
  [
    "card-in-both-forms",
    "audit: {secret: {environment: S}, events: {a.b: {fields: {card: {type: string, class: card}, ▸cardToken: {type: string, class: hmac}}}}}",
  ],
  ["bad-audit-length", auditOf("public, maxLength: ▸0")],
  ["bad-audit-path", "audit: {sink: {jsonl: ▸../a}}"],
  ["audit-without-log", "audit: {▸compliance: cn}"],
  ["audit-sink-and-log", `audit: {▸sink: {jsonl: a}, ${auditLog}}`],
  [
    "audit-without-overflow",
    "audit: {log: {}, categories: {▸auth: {}, config_change: {overflow: fail_closed}}}",
  ],
  ["unknown-category", `audit: {${auditLog}, sinks: {a: {kind: stdout, categories: ▸acess}}}`],
  ["bad-block", auditCategory("blockMilliseconds: ▸-1")],
  ["bad-retention", auditCategory("retention: {floor: ▸soon}")],
  [
    "retention-below-floor",
    auditCategory("retention: {ceiling: 182d}", "▸business", "compliance: cn"),
  ],
  ["compliance-unmet", auditCategory("overflow: drop_oldest", "▸business", "compliance: pci")],
  ["spill-without-folder", auditCategory("overflow: spill", "▸business")],
  [
    "bad-audit-size",
    "audit: {log: {limits: {soft: ▸big}}, categories: {auth: {overflow: fail_closed}, config_change: {overflow: fail_closed}}}",
  ],
  ["bad-audit-sink", `audit: {${auditLog}, sinks: {a: {kind: stdout, ▸url: https://a.example}}}`],
];

/** A log, with a category of its own. */
function auditCategory(
  inside: string,
  key = "business",
  more = "sinks: {a: {kind: stdout}}",
): string {
  const named = `auth: {overflow: fail_closed}, config_change: {overflow: fail_closed}`;
  return `audit: {log: {}, ${more}, categories: {${named}, ${key}: {${inside}}}}`;
}

function auditOf(fieldClass: string): string {
  return `audit: {events: {a.b: {fields: {f: {type: string, class: ${fieldClass}}}}}}`;
}
