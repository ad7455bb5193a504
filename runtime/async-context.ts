import { AsyncLocalStorage } from "node:async_hooks";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { RequestContext } from "./request-context.js";

const current = new AsyncLocalStorage<RequestContext>();

/** The context of the request that the running code works for; undefined outside of any. */
export function currentContext(): RequestContext | undefined {
  return current.getStore();
}

/** Runs what follows in a chain, and all that it starts, in the context of its request. */
export function runIn<Result>(context: RequestContext, task: () => Result): Result {
  return current.run(context, task);
}

/**
 * The host emits the events of a message outside of any request, so a listener that reads a body would
 * lose its context: from here on they run in it.
 */
export function bindEvents(
  context: RequestContext,
  messages: readonly (IncomingMessage | ServerResponse)[],
): void {
  for (const message of messages) {
    const { emit } = message;
    message.emit = function emitInContext(...event: Parameters<typeof emit>) {
      return current.run(context, () => emit.apply(message, event));
    };
  }
}
