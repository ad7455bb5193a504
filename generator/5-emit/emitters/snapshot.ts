import type { Emitter } from "../emit-context.js";
import { printRows } from "../print-rows.js";
import { printColumn, printProperty } from "../print-value.js";

export const snapshotEmitter: Emitter = {
  path: "snapshot.ts",
  emit: ({ snapshot }) => {
    const { abi, digest, needs, router, roles, permissions, allow, deny, methods, routes } =
      snapshot;
    const { clauses, conditions, certain, resources, request } = snapshot;
    const { trie, cors, requirements, principal, issuers, authentication } = snapshot;
    const { revocation, dpop, sessions, auditSchema, responses, problems, audit } = snapshot;
    return [
      [
        'import type { SerializedSnapshot } from "@gatewright/runtime/abi";',
        "",
        "/** Everything that a decision needs; integers are little-endian 32-bit words in base64. */",
        "export const snapshot: SerializedSnapshot = {",
        printProperty("abi", abi, 2),
        printProperty("digest", digest, 2),
        printProperty("needs", needs, 2),
        printProperty("router", router, 2),
        printProperty("roles", roles, 2),
        printRows("permissions", permissions, 2),
        printColumn("allow", allow, 2),
        printColumn("deny", deny, 2),
        printProperty("methods", methods, 2),
        printRows("routes", routes, 2),
        "  trie: {",
        printColumn("words", trie.words, 4),
        printColumn("literals", trie.literals, 4),
        "  },",
        printProperty("cors", cors, 2),
        printRows("requirements", requirements, 2),
        printRows("clauses", clauses, 2),
        printRows("conditions", conditions, 2),
        printColumn("certain", certain, 2),
        printRows("resources", resources, 2),
        printProperty("request", request, 2),
        printProperty("principal", principal, 2),
        printProperty("issuers", issuers, 2),
        printProperty("authentication", authentication, 2),
        ...(revocation ? [printProperty("revocation", revocation, 2)] : []),
        ...(dpop ? [printProperty("dpop", dpop, 2)] : []),
        ...(sessions ? [printProperty("sessions", sessions, 2)] : []),
        ...(auditSchema ? [printProperty("auditSchema", auditSchema, 2)] : []),
        ...(responses ? [printProperty("responses", responses, 2)] : []),
        printProperty("problems", problems, 2),
        printProperty("audit", audit, 2),
        "};",
      ].join("\n"),
    ];
  },
};
