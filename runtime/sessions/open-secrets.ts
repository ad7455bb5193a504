import type { KeyObject } from "node:crypto";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { GateError } from "../gate-error.js";
import { readPepper } from "../opaque/token-form.js";
import type { SerializedSessions } from "../serialized-sessions.js";
import { keyIdOf } from "./refresh-token.js";

/** The secrets of refresh tokens. */
export interface SessionSecrets {
  /** What new sessions are made with. */
  readonly current: { readonly id: string; readonly key: KeyObject };
  find(id: string): KeyObject | undefined;
}

/**
 * Reads the secrets that a policy names: one, or several with spaces between. The first makes new sessions,
 * the others serve those that they made, so that a secret can be changed without a logout.
 *
 * @throws GateError `configuration-invalid` where one is missing or weak
 */
export function openSecrets(
  { secret: { kind, place } }: SerializedSessions,
  context: {
    readonly environment: Readonly<Record<string, string | undefined>>;
    readonly cwd: string;
  },
): SessionSecrets {
  const subject = `the secret of sessions (${kind} \`${place}\`)`;
  const text =
    kind === "file" ? read(subject, resolve(context.cwd, place)) : context.environment[place];
  const keys = (text ?? "")
    .split(/\s+/)
    .filter((part) => part !== "")
    .map((part) => readPepper(part, subject))
    .map((key) => ({ id: keyIdOf(key), key }));
  const [current] = keys;
  if (current === undefined) throw new GateError("configuration-invalid", `${subject} is missing`);
  const byId = new Map(keys.map(({ id, key }) => [id, key]));
  return { current, find: (id) => byId.get(id) };
}

function read(subject: string, path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const message = `${subject} cannot be read: ${Object(error).code}`;
    throw new GateError("configuration-invalid", message);
  }
}
