import type { Gate, Middleware } from "@gatewright/runtime";
import type { Audit } from "@gatewright/runtime/abi/audit";
import type { Sessions } from "@gatewright/runtime/abi/sessions";
import express from "express";
import type { Express, Request, Response } from "express";
import type { AuditEvents, Policy } from "../../generated/index.js";
import { adminHandlers } from "./admin-handlers.js";
import { answerError } from "./answer-error.js";
import { createAccountBook } from "./create-account-book.js";
import type { AccountBook } from "./create-account-book.js";
import type { OrderBook } from "./create-order-book.js";
import { createReportShelf } from "./create-report-shelf.js";
import type { ReportShelf } from "./create-report-shelf.js";
import { createUserList } from "./create-user-list.js";
import type { UserList } from "./create-user-list.js";
import { orderHandlers } from "./order-handlers.js";
import { sessionHandlers } from "./session-handlers.js";
import { userHandlers } from "./user-handlers.js";

export interface AppOptions {
  /** The one that the gate loads orders from. */
  readonly orders: OrderBook;
  /** Those behind the gate. */
  readonly sessions: Sessions;
  /** What happens to orders is recorded there. */
  readonly audit: Audit<AuditEvents>;
  readonly users?: UserList;
  /** Who may log in at the page; nobody by default. */
  readonly accounts?: AccountBook;
  readonly reports?: ReportShelf;
  /** Hears of every fault that no answer tells; standard error by default. */
  readonly onError?: (error: unknown) => void;
}

/**
 * The order desk. Who may do what stands in `policies/`; nothing below knows of it but that a list shows the
 * orders of the caller's desk.
 */
export function createApp(gate: Gate<Policy>, options: AppOptions): Express {
  const {
    orders,
    sessions,
    audit,
    users = createUserList(),
    accounts = createAccountBook(users, []),
    reports = createReportShelf(),
    onError = (error) => console.error(error),
  } = options;
  return (
    express()
      .disable("x-powered-by")
      .use(gate.open, tellRecordId(gate))
      // The gate stands before the parser: no body is read for a request that is refused.
      .use(gate, express.json({ limit: "32kb" }))
      .use(
        gate.mount<Request, Response>({
          "GET /health": (_request, response) => response.json({ status: "ok" }),
          "GET /me": (_request, response, { principal }) => response.json(principal),
          ...orderHandlers(orders, audit),
          ...userHandlers(users, sessions),
          ...sessionHandlers(sessions, accounts),
          ...adminHandlers(reports, orders),
        }),
      )
      .use(answerError(gate, onError))
  );
}

/** The number to quote to support: with it, the request is found in the audit log. */
function tellRecordId(gate: Gate<Policy>): Middleware {
  return (request, response, next) => {
    response.setHeader("X-Request-Id", gate.decision(request)?.id ?? "");
    next?.();
  };
}
