import { GateError } from "../../gate-error.js";
import { readSecretWords } from "../../read-secret-words.js";
import type { SecretContext, SecretPlace } from "../../read-secret-words.js";
import type { HttpTarget } from "./post.js";

/**
 * The header `Authorization` of a receiver, read anew for every request, so that it may change; none where the
 * policy names no secret.
 *
 * @throws GateError `configuration-invalid` where it is missing now
 */
export function authorizationFrom(
  secret: SecretPlace | undefined,
  context: SecretContext,
): HttpTarget["headers"] {
  if (secret === undefined) return undefined;
  const subject = `the authorization of an audit sink (${secret.kind} \`${secret.place}\`)`;
  const read = () => {
    const value = readSecretWords(secret, subject, context).join(" ");
    if (value === "") throw new GateError("configuration-invalid", `${subject} is missing`);
    return { authorization: value };
  };
  read();
  return read;
}
