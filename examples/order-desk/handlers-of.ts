import type { Handlers } from "@gatewright/runtime";
import type { Request, Response } from "express";
import type { Policy } from "../../generated/index.js";

/**
 * A handler for every route of the policy under a path. A route that the policy adds there, or takes
 * away, is a type error in the file of its handlers.
 */
export type HandlersOf<Path extends string> = Pick<
  AllHandlers,
  Extract<keyof AllHandlers, `${string} ${Path}` | `${string} ${Path}/${string}`>
>;

type AllHandlers = Handlers<Policy, Request, Response>;
