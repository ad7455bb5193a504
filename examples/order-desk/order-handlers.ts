import type { Audit } from "@gatewright/runtime/abi/audit";
import { resources } from "../../generated/index.js";
import type { AuditEvents, Principal } from "../../generated/index.js";
import { newOrder, newRefund, orderChange, orderFilter, sumOf } from "./create-order-book.js";
import type { Order, OrderBook } from "./create-order-book.js";
import { printOrders } from "./create-report-shelf.js";
import type { HandlersOf } from "./handlers-of.js";
import { readInput } from "./read-input.js";

export function orderHandlers(orders: OrderBook, audit: Audit<AuditEvents>): HandlersOf<"/orders"> {
  return {
    "GET /orders": (request, response, { principal }) => {
      const found = orders.ofDesk(deskOf(principal), readInput(orderFilter, request.query));
      response.json({ orders: found, total: sumOf(found.map(({ total }) => total)) });
    },
    "POST /orders": (request, response, { principal }) => {
      const taken = { desk: deskOf(principal), ownerId: principal.id };
      const order = orders.place(readInput(newOrder, request.body), taken);
      response.status(201).location(`/orders/${order.id}`).json(order);
    },
    "GET /orders/:orderId": async (_request, response) => {
      response.json(await decidedOrder());
    },
    "PATCH /orders/:orderId": async (request, response) => {
      const change = readInput(orderChange, request.body);
      response.json(orders.change(await decidedOrder(), change));
    },
    "DELETE /orders/:orderId": async (_request, response) => {
      response.json(orders.cancel(await decidedOrder()));
    },
    "POST /orders/:orderId/refund": async (request, response) => {
      const refund = readInput(newRefund, request.body);
      const order = orders.refund(await decidedOrder(), refund);
      const { amount, reason } = refund;
      await audit.commit("order.refunded", { orderId: order.id, amount, reason }, request);
      response.json(order);
    },
    "GET /orders/export": (_request, response, { principal }) => {
      response.type("text/csv").send(printOrders(orders.ofDesk(deskOf(principal), {})));
    },
  };
}

/** The order that the gate loaded to decide about it. */
async function decidedOrder(): Promise<Order> {
  const order = await resources.orders<Order>();
  if (order === undefined || order === null) throw new Error("the policy asked for no order");
  return order;
}

/** A list is of no single desk, so it is cut to the caller's here; the policy lets in nobody without one. */
function deskOf({ tenant }: Principal): string {
  if (tenant === undefined) throw new Error("the policy let in a caller without a desk");
  return tenant;
}
