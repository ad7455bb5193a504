import { sumOf } from "./create-order-book.js";
import type { Order } from "./create-order-book.js";
import { ServiceError } from "./service-error.js";

export interface Report {
  /** Path of the orders as a table, below `/admin/files/`. */
  readonly file: string;
  /** ISO 8601, in UTC. */
  readonly builtAt: string;
  readonly orders: number;
  readonly sold: number;
  readonly refunded: number;
}

/** The reports and their files, in memory. */
export interface ReportShelf {
  list(): readonly Report[];
  build(orders: readonly Order[]): Report;
  /** @throws ServiceError 404. */
  read(file: string): string;
}

export function createReportShelf(): ReportShelf {
  const reports: Report[] = [];
  const files = new Map<string, string>();
  return {
    list: () => reports,
    build(orders) {
      const kept = orders.filter(({ status }) => status !== "cancelled");
      const report = {
        file: `orders/${reports.length + 1}.csv`,
        builtAt: new Date().toISOString(),
        orders: kept.length,
        sold: sumOf(kept.map(({ total }) => total)),
        refunded: sumOf(kept.flatMap(({ refunds }) => refunds.map(({ amount }) => amount))),
      };
      files.set(report.file, printOrders(orders));
      reports.push(report);
      return report;
    },
    read(file) {
      const text = files.get(file);
      if (text !== undefined) return text;
      throw new ServiceError(404, "no-such-file", "there is no such file");
    },
  };
}

/** A table for the books: numbers alone, since names and notes stay at the desk (RFC 4180). */
export function printOrders(orders: readonly Order[]): string {
  const rows = orders.map(({ id, placedAt, status, total, refunds }) => {
    const refunded = sumOf(refunds.map(({ amount }) => amount));
    return [id, placedAt, status, total.toFixed(2), refunded.toFixed(2)];
  });
  const head = ["id", "placedAt", "status", "total", "refunded"];
  return [head, ...rows].map((row) => `${row.join(",")}\r\n`).join("");
}
