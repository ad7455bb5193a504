import { randomBytes } from "node:crypto";
import { snapshotWith } from "../../gate/gate-policy.js";

/** Orders, whose customers only the chief sees; `guest` may read nothing. */
export const orderPolicy = snapshotWith(`
masks: { token: { method: hmac } }
responses:
  order:
    fields:
      id: { type: int, class: public }
      customer: { type: string, class: name, plainFor: [chief] }
      phone: { type: string, class: null-out, plainFor: [chief], optional: true }
      token: { type: string, class: token }
      tags: { type: list<string>, class: public }
      notes: { type: list<string>, class: null-out, plainFor: chief }
      paid: { type: bool, class: public }
      total: { type: double, class: public }
      address:
        optional: true
        fields:
          city: { type: string, class: public }
          street: { type: string, class: null-out, plainFor: [chief] }
      items: { list: true, fields: { sku: { type: string, class: public } } }
      parent: { of: person, optional: true }
  person: { fields: { name: { type: string, class: name, plainFor: [chief] } } }
  orders: { list: true, of: order }
routes:
  /order: { GET: { permissions: orders.read, response: order }, PUT: { permissions: orders.read, response: order } }
  /orders: { GET: { permissions: orders.read, response: orders } }
  /open: { GET: { access: public, response: order } }
  /plain: { GET: orders.read }
`);

export const auditRoot = { GW_AUDIT: randomBytes(32).toString("base64url") };
