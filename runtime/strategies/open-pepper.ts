import type { KeyObject } from "node:crypto";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { GateError } from "../gate-error.js";
import { readPepper } from "../opaque/token-form.js";
import type { SerializedStrategy } from "../snapshot-format.js";
import type { KeyContext } from "../tokens/key-source.js";

/**
 * Reads the pepper of a strategy now.
 *
 * @throws GateError `configuration-invalid` where it is missing or weak
 */
export function openPepper({ name, pepper }: SerializedStrategy, context: KeyContext): KeyObject {
  const { kind, place } = pepper ?? { kind: "environment", place: "" };
  const subject = `the pepper of strategy \`${name}\` (${kind} \`${place}\`)`;
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
