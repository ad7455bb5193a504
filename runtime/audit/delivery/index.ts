export type { AuditBatch, AuditRecord, AuditSink } from "./audit-sink.js";
export type { DeadLetter } from "./dead-letters.js";
export type {
  BatchLimits,
  Delivery,
  DeliveryAlert,
  DeliveryCounts,
  DeliveryOptions,
} from "./delivery-types.js";
export { openDelivery } from "./open-delivery.js";
export { openRouter } from "./open-router.js";
export type { Router, RouterOptions, RouterSink } from "./open-router.js";
export type { Cursor, RecordSource, SourceRecord } from "./record-source.js";
export { refuseBatch, refuseRecords, retryLater, SinkError, splitBatch } from "./sink-error.js";
export type { Refusal } from "./sink-error.js";
