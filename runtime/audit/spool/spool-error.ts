/**
 * `full`: there is no room, and the category fails closed; `failed`: it could not be made durable;
 * `closed`: the spool was closed; `locked`: another process has it open; `unusable`: it cannot be opened.
 */
export type SpoolErrorCode = "full" | "failed" | "closed" | "locked" | "unusable";

/** The only error that a spool throws on purpose. Its message never holds an event. */
export class SpoolError extends Error {
  readonly code: SpoolErrorCode;

  constructor(code: SpoolErrorCode, message: string) {
    super(message);
    this.name = "SpoolError";
    this.code = code;
  }
}
