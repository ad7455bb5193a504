import type { Gate } from "@gatewright/runtime";
import type { ErrorRequestHandler } from "express";
import type { Policy } from "../../generated/index.js";
import { ServiceError } from "./service-error.js";

const PROBLEMS = "https://order-desk.example/problems/";

/** Answers what a handler or the body parser throws with a problem (RFC 9457). */
export function answerError(
  gate: Gate<Policy>,
  onError: (error: unknown) => void,
): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    const answer = answerFor(error);
    if (answer.status === 500) onError(error);
    if (response.headersSent) {
      next(error);
      return;
    }
    const { code, ...members } = answer;
    response
      .status(answer.status)
      .type("application/problem+json")
      .send(
        JSON.stringify({
          type: PROBLEMS + code,
          ...members,
          instance: `urn:uuid:${gate.decision(request)?.id}`,
        }),
      );
  };
}

function answerFor(error: unknown) {
  if (error instanceof ServiceError) {
    const { status, code, message, errors } = error;
    const fields = errors.length === 0 ? {} : { errors };
    return { status, code, title: titles[status], detail: message, ...fields };
  }
  const status = statusOf(error);
  // Its message would repeat a piece of the body.
  if (status === 400) return { status, code: "invalid-input", title: titles[400] };
  if (status === 413) return { status, code: "too-large", title: "The body is too large" };
  if (status === 415) return { status, code: "unsupported-media", title: "Send plain JSON" };
  return { status: 500, code: "internal-error", title: "Internal error" };
}

const titles = {
  400: "Invalid input",
  403: "Not allowed",
  404: "Not found",
  409: "Conflict",
} as const;

/** The status that the body parser gives its errors. */
function statusOf(error: unknown): unknown {
  return error instanceof Error && "status" in error ? error.status : undefined;
}
