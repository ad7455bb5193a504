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
  /** The desk that took the order. */
  readonly desk: string;
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

/** The orders of all desks, in memory. An order is never altered: a change puts another in its place. */
export interface OrderBook {
  all(): readonly Order[];
  ofDesk(desk: string, filter: z.output<typeof orderFilter>): readonly Order[];
  place(draft: z.output<typeof newOrder>, taken: Pick<Order, "desk" | "ownerId">): Order;
  /** Null where there is none. */
  find(id: number): Order | null;
  /**
   * The following three take the order as it was found, and throw ServiceError 409 where it has changed
   * since: what was decided about is what is changed.
   */
  change(order: Order, change: z.output<typeof orderChange>): Order;
  cancel(order: Order): Order;
  refund(order: Order, refund: z.output<typeof newRefund>): Order;
}

export function createOrderBook(): OrderBook {
  const orders = new Map<number, Order>();
  const keep = (order: Order): Order => {
    orders.set(order.id, order);
    return order;
  };
  const requireOpen = (order: Order) => {
    if (orders.get(order.id) !== order) {
      throw new ServiceError(409, "order-changed", "the order has changed in the meantime");
    }
    if (order.status !== "open") {
      throw new ServiceError(409, "order-closed", `the order is ${order.status}`);
    }
  };
  const requireUntouched = (order: Order) => {
    requireOpen(order);
    if (order.refunds.length > 0) {
      throw new ServiceError(409, "order-refunded", "a part of the order is refunded already");
    }
  };
  return {
    all: () => [...orders.values()],
    ofDesk: (desk, { status }) =>
      [...orders.values()].filter(
        (order) => order.desk === desk && (status === undefined || order.status === status),
      ),
    place: ({ customer, lines: ordered, note: text = null }, { desk, ownerId }) =>
      keep({
        id: orders.size + 1,
        desk,
        ownerId,
        customer,
        lines: ordered,
        note: text,
        status: "open",
        total: sumOf(ordered.map(({ quantity, unitPrice }) => quantity * unitPrice)),
        refunds: [],
        placedAt: new Date().toISOString(),
      }),
    find: (id) => orders.get(id) ?? null,
    change(order, { lines: ordered, note: text }) {
      if (ordered === undefined) requireOpen(order);
      else requireUntouched(order);
      const kept = ordered ?? order.lines;
      const total = sumOf(kept.map(({ quantity, unitPrice }) => quantity * unitPrice));
      return keep({ ...order, lines: kept, total, note: text === undefined ? order.note : text });
    },
    cancel(order) {
      requireUntouched(order);
      return keep({ ...order, status: "cancelled" });
    },
    refund(order, { amount: sum, reason }) {
      requireOpen(order);
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
