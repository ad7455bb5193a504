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
const trainee: DemoCaller = { name: "tom", roles: ["clerk", "auditor"] };
const manager: DemoCaller = { name: "maria", roles: ["manager"] };
const admin: DemoCaller = { name: "ada", roles: ["admin"] };

const order = { customer: "J. Doe", lines: [{ item: "Lamp", quantity: 2, unitPrice: 24.9 }] };
const refund = { amount: 24.9, reason: "one came broken" };

/** In this order: the first order is number 1, since the service begins with none. */
export const demoRequests: readonly DemoRequest[] = [
  { method: "GET", target: "/health", caller: null, expected: 200 },
  { method: "GET", target: "/orders", caller: null, expected: 401 },
  { method: "GET", target: "/orders", caller: { ...clerk, lifetime: -60 }, expected: 401 },
  { method: "POST", target: "/orders", caller: clerk, body: order, expected: 201 },
  { method: "POST", target: "/orders", caller: trainee, body: order, expected: 403 },
  { method: "POST", target: "/orders/1/refund", caller: clerk, body: refund, expected: 403 },
  { method: "POST", target: "/orders/1/refund", caller: manager, body: refund, expected: 200 },
  { method: "PUT", target: "/orders", caller: clerk, expected: 405 },
  { method: "PUT", target: "/orders", caller: admin, expected: 404 },
  { method: "GET", target: "/orders//1", caller: manager, expected: 400 },
];
