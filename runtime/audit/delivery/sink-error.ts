/** What is to become of a batch that was not delivered whole. */
export type Refusal =
  /** Send it again, after so many milliseconds at least. */
  | { readonly kind: "retry"; readonly retryAfter?: number | undefined }
  /** Send its halves, for it may be too large or hold one record that is refused; one record alone is refused. */
  | { readonly kind: "split" }
  /** Never send it again: its records are dead letters. */
  | { readonly kind: "batch" }
  /** These, by id, are refused for these reasons; the receiver keeps all others. */
  | { readonly kind: "records"; readonly refused: ReadonlyMap<string, string> };

/**
 * How a sink rejects. `reason` is a closed word, such as `status-503` or `ECONNREFUSED`; it goes to
 * alerts and dead letters, and so never holds what the receiver said, an address or a part of an event.
 */
export class SinkError extends Error {
  readonly reason: string;
  readonly refusal: Refusal;

  constructor(reason: string, refusal: Refusal) {
    super(`the batch was not delivered: ${reason}`);
    this.name = "SinkError";
    this.reason = reason;
    this.refusal = refusal;
  }
}

export function retryLater(reason: string, retryAfter?: number): SinkError {
  return new SinkError(reason, { kind: "retry", retryAfter });
}

export function splitBatch(reason: string): SinkError {
  return new SinkError(reason, { kind: "split" });
}

export function refuseBatch(reason: string): SinkError {
  return new SinkError(reason, { kind: "batch" });
}

export function refuseRecords(refused: ReadonlyMap<string, string>): SinkError {
  return new SinkError("records-refused", { kind: "records", refused });
}

/** Whatever was thrown, without its message: a driver's may repeat values. */
export function toSinkError(error: unknown): SinkError {
  return error instanceof SinkError ? error : retryLater(wordOf(error));
}

/** The error's code or its cause's, else its name. */
export function wordOf(error: unknown): string {
  const { code, cause, name } = Object(error);
  const words = [code, Object(cause).code, name].map(String);
  return words.find((word) => word !== "undefined" && /^\w{1,40}$/.test(word)) ?? "error";
}
