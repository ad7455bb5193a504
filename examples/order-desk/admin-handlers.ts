import type { OrderBook } from "./create-order-book.js";
import type { ReportShelf } from "./create-report-shelf.js";
import type { HandlersOf } from "./handlers-of.js";

export function adminHandlers(reports: ReportShelf, orders: OrderBook): HandlersOf<"/admin"> {
  return {
    "GET /admin/reports": (_request, response) => {
      response.json({ reports: reports.list() });
    },
    "POST /admin/reports": (_request, response) => {
      const report = reports.build(orders.all());
      response.status(201).location(`/admin/files/${report.file}`).json(report);
    },
    "GET /admin/files/**": (_request, response, { params }) => {
      response.type("text/csv").send(reports.read(params["**"]));
    },
  };
}
