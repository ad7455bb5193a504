import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { GateError } from "./gate-error.js";

/** Where a policy says that a secret is. */
export interface SecretPlace {
  readonly kind: "file" | "environment";
  readonly place: string;
}

export interface SecretContext {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Folder that a relative path starts from. */
  readonly cwd: string;
}

/**
 * The words of a secret, as a variable or a file has them; none where the variable is not set.
 *
 * @throws GateError `configuration-invalid` where a file cannot be read
 */
export function readSecretWords(
  { kind, place }: SecretPlace,
  subject: string,
  { environment, cwd }: SecretContext,
): readonly string[] {
  const text = kind === "file" ? read(subject, resolve(cwd, place)) : environment[place];
  return (text ?? "").split(/\s+/).filter((word) => word !== "");
}

function read(subject: string, path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const message = `${subject} cannot be read: ${Object(error).code}`;
    throw new GateError("configuration-invalid", message);
  }
}
