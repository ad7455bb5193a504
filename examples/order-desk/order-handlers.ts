import { newOrder, newRefund, orderChange, orderFilter, sumOf } from "./create-order-book.js";
import type { OrderBook } from "./create-order-book.js";
import { printOrders } from "./create-report-shelf.js";
import type { HandlersOf } from "./handlers-of.js";
import { readInput } from "./read-input.js";

export function orderHandlers(orders: OrderBook): HandlersOf<"/orders"> {
  return {
    "GET /orders": (request, response) => {
      const found = orders.list(readInput(orderFilter, request.query));
      response.json({ orders: found, total: sumOf(found.map(({ total }) => total)) });
    },
    "POST /orders": (request, response, { principal }) => {
      const order = orders.place(readInput(newOrder, request.body), principal.id);
      response.status(201).location(`/orders/${order.id}`).json(order);
    },
    "GET /orders/:orderId": (_request, response, { params }) => {
      response.json(orders.find(params.orderId));
    },
    "PATCH /orders/:orderId": (request, response, { params }) => {
      response.json(orders.change(params.orderId, readInput(orderChange, request.body)));
    },
    "DELETE /orders/:orderId": (_request, response, { params }) => {
      response.json(orders.cancel(params.orderId));
    },
    "POST /orders/:orderId/refund": (request, response, { params }) => {
      response.json(orders.refund(params.orderId, readInput(newRefund, request.body)));
    },
    "GET /orders/export": (_request, response) => {
      response.type("text/csv").send(printOrders(orders.list({})));
    },
  };
}
