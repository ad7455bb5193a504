import type { z } from "zod";
import { ServiceError } from "./service-error.js";

/** @throws ServiceError 400, naming every field that does not fit. */
export function readInput<Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
): z.output<Schema> {
  const reading = schema.safeParse(input);
  if (reading.success) return reading.data;
  const errors = reading.error.issues.map(({ path, message }) => ({
    field: path.map(String).join("."),
    message,
  }));
  throw new ServiceError(400, "invalid-input", "the request does not fit", errors);
}
