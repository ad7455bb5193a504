import type { KeyObject } from "node:crypto";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { GateError } from "../gate-error.js";
import { readPepper } from "../opaque/token-form.js";
import type { PepperPlace, SerializedStrategy } from "./serialized-strategy.js";
import type { KeyContext } from "../tokens/key-source.js";

/**
 * Reads the pepper of a strategy now, and the one before it where the policy names that: tokens of both count.
 *
 * @throws GateError `configuration-invalid` where one is missing or weak
 */
export function openPeppers(
  strategy: SerializedStrategy,
  context: KeyContext,
): readonly KeyObject[] {
  const { name, pepper, previousPepper } = strategy;
  const current = pepper ?? { kind: "environment", place: "" };
  return [
    readAt(current, `the pepper of strategy \`${name}\``, context),
    ...(previousPepper === undefined
      ? []
      : [readAt(previousPepper, `the previous pepper of strategy \`${name}\``, context)]),
  ];
}

function readAt({ kind, place }: PepperPlace, what: string, context: KeyContext): KeyObject {
  const subject = `${what} (${kind} \`${place}\`)`;
  const text = kind === "file" ? readText(subject, place, context) : context.environment[place];
  if (text === undefined || text.trim() === "") {
    throw new GateError("configuration-invalid", `${subject} is missing`);
  }
  return readPepper(text.trim(), subject);
}

function readText(subject: string, place: string, { cwd }: KeyContext): string {
  try {
    return readFileSync(resolve(cwd, place), "utf8");
  } catch (error) {
    const message = `${subject} cannot be read: ${Object(error).code}`;
    throw new GateError("configuration-invalid", message);
  }
}
