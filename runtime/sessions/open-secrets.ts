import type { KeyObject } from "node:crypto";
import { GateError } from "../gate-error.js";
import { readPepper } from "../opaque/token-form.js";
import { readSecretWords } from "../read-secret-words.js";
import type { SecretContext } from "../read-secret-words.js";
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
  { secret }: SerializedSessions,
  context: SecretContext,
): SessionSecrets {
  const subject = `the secret of sessions (${secret.kind} \`${secret.place}\`)`;
  const keys = readSecretWords(secret, subject, context)
    .map((word) => readPepper(word, subject))
    .map((key) => ({ id: keyIdOf(key), key }));
  const [current] = keys;
  if (current === undefined) throw new GateError("configuration-invalid", `${subject} is missing`);
  const byId = new Map(keys.map(({ id, key }) => [id, key]));
  return { current, find: (id) => byId.get(id) };
}
