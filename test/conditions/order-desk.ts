import type { ConditionDeclarations } from "../../generator/conditions/scope.js";

/** Declarations as a policy has them. */
export const orderDesk = {
  variables: {
    principal: {
      fields: {
        id: { type: "string" },
        tenant: { type: "string", optional: true },
        roles: { type: { list: "string" } },
        level: { type: "int" },
        labels: { type: { map: ["string", "string"] } },
        org: {
          type: { fields: { unit: { type: "string" }, lead: { type: "string", optional: true } } },
          optional: true,
        },
      },
    },
    request: {
      fields: {
        method: { type: "string" },
        time: { type: "timestamp" },
        headers: { type: { fields: { "x-tenant": { type: "string", optional: true } } } },
        params: { type: { fields: { orderId: { type: "string" } } } },
      },
    },
    resource: {
      fields: {
        ownerId: { type: "string" },
        tenant: { type: "string" },
        total: { type: "double" },
        count: { type: "int" },
        createdAt: { type: "timestamp" },
        lines: {
          type: {
            list: {
              fields: {
                sku: { type: "string" },
                price: { type: "double" },
                note: { type: "string", optional: true },
              },
            },
          },
        },
      },
    },
  },
} as const satisfies ConditionDeclarations;
