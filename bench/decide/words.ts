// 48 nouns and 25 qualifiers name 1 200 things, and pairs of those a million.

export const nouns: readonly string[] = (
  "accounts addresses alerts assets batches bookings budgets campaigns carriers claims contracts " +
  "coupons customers deliveries deposits devices disputes documents employees estimates expenses " +
  "forecasts invoices journals ledgers licences locations machines meetings messages orders " +
  "packages payments permits plans products projects quotes receipts refunds regions reports " +
  "returns shipments suppliers tickets vehicles warehouses"
).split(" ");

export const qualifiers: readonly string[] = (
  "archived bulk central daily direct external field foreign group home internal joint legal local " +
  "marine mobile night partner pooled public regional seasonal shared trade urban"
).split(" ");
