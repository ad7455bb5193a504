/** An event of 25 fields, six of them masked without a keyed hash; and one more that has the hash too. */
export const POLICY = `gatewright: 1
roles: { clerk: {} }
routes: { /: { GET: { access: public } } }
masks:
  customer: { method: hmac }
audit:
  secret: { environment: ROOT }
  events:
    order.paid:
      fields:
${fieldsOf("email")}
    order.hashed:
      fields:
${fieldsOf("customer")}
`;

function fieldsOf(customer: string): string {
  const masked = { client: "ip", card: "card", customer, holder: "name", password: "null-out" };
  const types = {
    amount: "double",
    express: "bool",
    gift: "bool",
    items: '"list<string>"',
    orderId: "int",
    quantity: "int",
    weight: "double",
  };
  const names = [
    ["agent", "amount", "approver", "card", "channel", "client", "coupon", "currency", "customer"],
    ["device", "express", "gift", "holder", "items", "note", "orderId", "password", "phone"],
    ["quantity", "reason", "referrer", "region", "session", "warehouse", "weight"],
  ].flat();
  const all: Readonly<Record<string, string>> = { ...masked, phone: "phone" };
  const kinds: Readonly<Record<string, string>> = types;
  return names
    .map(
      (name) =>
        `        ${name}: { type: ${kinds[name] ?? "string"}, class: ${all[name] ?? "public"} }`,
    )
    .join("\n");
}

/** What is masked, for those who are told paths. */
export const MASKED = ["card", "client", "customer", "holder", "password", "phone"] as const;
