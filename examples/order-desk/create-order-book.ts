import { z } from "zod";
import { ServiceError } from "./service-error.js";

const amount = z.number().positive().max(1_000_000).multipleOf(0.01);

const lines = z
  .array(
    z.strictObject({
      item: z.string().trim().min(1).max(100),
      quantity: z.int().positive().max(10_000),
      unitPrice: amount,
    }),
  )
  .min(1)
  .max(100);

const note = z.string().max(1000);

export const newOrder = z.strictObject({
  customer: z.string().trim().min(1).max(200),
  lines,
  note: note.optional(),
});

export const orderChange = z
  .strictObject({ lines: lines.optional(), note: note.nullable().optional() })
  .refine((change) => Object.keys(change).length > 0, "nothing to change");

export const newRefund = z.strictObject({ amount, reason: z.string().trim().min(3).max(500) });

export const orderFilter = z.object({
  status: z.enum(["open", "cancelled", "refunded"]).optional(),
});

export interface Order {
  readonly id: number;
  /** Who took the order. */
  readonly ownerId: string;
  readonly customer: string;
  readonly lines: readonly z.output<typeof newOrder>["lines"][number][];
  readonly note: string | null;
  readonly status: "open" | "cancelled" | "refunded";
  readonly total: number;
  readonly refunds: readonly Refund[];
  /** ISO 8601, in UTC. */
  readonly placedAt: string;
}

export interface Refund {
  readonly amount: number;
  readonly reason: string;
  /** ISO 8601, in UTC. */
  readonly at: string;
}

/** The orders of the desk, in memory; every method but `list` throws ServiceError 404 or 409. */
export interface OrderBook {
  list(filter: z.output<typeof orderFilter>): readonly Order[];
  place(draft: z.output<typeof newOrder>, ownerId: string): Order;
  find(id: number): Order;
  change(id: number, change: z.output<typeof orderChange>): Order;
  cancel(id: number): Order;
  refund(id: number, refund: z.output<typeof newRefund>): Order;
}

export function createOrderBook(): OrderBook {
  const orders = new Map<number, Order>();
  const keep = (order: Order): Order => {
    orders.set(order.id, order);
    return order;
  };
  const find = (id: number): Order => {
    const order = orders.get(id);
    if (order !== undefined) return order;
    throw new ServiceError(404, "no-such-order", "there is no such order");
  };
  const findOpen = (id: number): Order => {
    const order = find(id);
    if (order.status === "open") return order;
    throw new ServiceError(409, "order-closed", `the order is ${order.status}`);
  };
  const findUntouched = (id: number): Order => {
    const order = findOpen(id);
    if (order.refunds.length === 0) return order;
    throw new ServiceError(409, "order-refunded", "a part of the order is refunded already");
  };
  return {
    find,
    list: ({ status }) =>
      [...orders.values()].filter((order) => status === undefined || order.status === status),
    place: ({ customer, lines: ordered, note: text = null }, ownerId) =>
      keep({
        id: orders.size + 1,
        ownerId,
        customer,
        lines: ordered,
        note: text,
        status: "open",
        total: sumOf(ordered.map(({ quantity, unitPrice }) => quantity * unitPrice)),
        refunds: [],
        placedAt: new Date().toISOString(),
      }),
    change(id, { lines: ordered, note: text }) {
      const order = ordered === undefined ? findOpen(id) : findUntouched(id);
      const kept = ordered ?? order.lines;
      const total = sumOf(kept.map(({ quantity, unitPrice }) => quantity * unitPrice));
      return keep({ ...order, lines: kept, total, note: text === undefined ? order.note : text });
    },
    cancel: (id) => keep({ ...findUntouched(id), status: "cancelled" }),
    refund(id, { amount: sum, reason }) {
      const order = findOpen(id);
      const refunds = [...order.refunds, { amount: sum, reason, at: new Date().toISOString() }];
      const refunded = sumOf(refunds.map((refund) => refund.amount));
      if (refunded > order.total) {
        throw new ServiceError(409, "refund-too-high", "the refund exceeds what was paid");
      }
      return keep({ ...order, refunds, status: refunded === order.total ? "refunded" : "open" });
    },
  };
}

/** Sums of money, to the cent. */
export function sumOf(amounts: readonly number[]): number {
  return amounts.reduce((cents, sum) => cents + Math.round(sum * 100), 0) / 100;
}
