import { visible } from "../diagnostics/visible.js";
import type { Arguments } from "./command.js";
import { UsageError } from "./usage-error.js";

/** The first operand of a command that does several things. @throws UsageError for a word that is none */
export function readAction<Action extends string>(
  { operands: [given = ""] }: Arguments,
  actions: readonly Action[],
): Action {
  const action = actions.find((name) => name === given);
  if (action !== undefined) return action;
  const help = `write one of ${actions.join(", ")}`;
  throw new UsageError([{ message: `there is no action \`${visible(given)}\``, help }]);
}
