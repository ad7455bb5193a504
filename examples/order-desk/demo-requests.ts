import type { DemoCaller } from "./create-demo-keys.js";

export interface DemoRequest {
  readonly method: string;
  readonly target: string;
  /** Null sends no token. */
  readonly caller: DemoCaller | null;
  readonly body?: unknown;
  readonly expected: number;
}

const clerk: DemoCaller = { name: "carol", roles: ["clerk"] };
const colleague: DemoCaller = { name: "dave", roles: ["clerk"] };
const trainee: DemoCaller = { name: "tom", roles: ["clerk", "auditor"] };
const manager: DemoCaller = { name: "maria", roles: ["manager"], signedInAgo: 30 };
const unfresh: DemoCaller = { ...manager, signedInAgo: 3600 };
const neighbour: DemoCaller = { name: "nina", roles: ["manager"], desk: "harbour" };
const admin: DemoCaller = { name: "ada", roles: ["admin"] };

const order = { customer: "J. Doe", lines: [{ item: "Lamp", quantity: 2, unitPrice: 24.9 }] };
const largeOrder = { customer: "J. Doe", lines: [{ item: "Desk", quantity: 4, unitPrice: 180 }] };
const change = { note: "deliver in the morning" };
const refund = { amount: 24.9, reason: "one came broken" };

/** In this order: the first order is number 1, since the service begins with none. */
export const demoRequests: readonly DemoRequest[] = [
  { method: "GET", target: "/health", caller: null, expected: 200 },
  { method: "GET", target: "/orders", caller: null, expected: 401 },
  { method: "GET", target: "/orders", caller: { ...clerk, lifetime: -60 }, expected: 401 },
  { method: "POST", target: "/orders", caller: clerk, body: order, expected: 201 },
  { method: "POST", target: "/orders", caller: trainee, body: order, expected: 403 },
  { method: "PATCH", target: "/orders/1", caller: clerk, body: change, expected: 200 },
  { method: "PATCH", target: "/orders/1", caller: colleague, body: change, expected: 403 },
  { method: "PATCH", target: "/orders/1", caller: manager, body: change, expected: 200 },
  { method: "GET", target: "/orders/1", caller: neighbour, expected: 403 },
  { method: "GET", target: "/orders/7", caller: clerk, expected: 403 },
  { method: "POST", target: "/orders/1/refund", caller: clerk, body: refund, expected: 403 },
  { method: "POST", target: "/orders/1/refund", caller: unfresh, body: refund, expected: 401 },
  { method: "POST", target: "/orders/1/refund", caller: manager, body: refund, expected: 200 },
  { method: "POST", target: "/orders", caller: manager, body: largeOrder, expected: 201 },
  { method: "POST", target: "/orders/2/refund", caller: manager, body: refund, expected: 403 },
  { method: "PUT", target: "/orders", caller: clerk, expected: 405 },
  { method: "PUT", target: "/orders", caller: admin, expected: 404 },
  { method: "GET", target: "/orders//1", caller: manager, expected: 400 },
];
