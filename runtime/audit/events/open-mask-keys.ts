import { GateError } from "../../gate-error.js";
import { createRootMaskKeys } from "../../masks/mask-keys.js";
import type { MaskKeys } from "../../masks/mask-keys.js";
import { readSecretWords } from "../../read-secret-words.js";
import type { SecretContext, SecretPlace } from "../../read-secret-words.js";

/** Of a root that stands without an id. */
const ONLY_ID = "1";

/**
 * The keys of keyed hashes, from the roots that a policy names: one, or several with spaces between, each with its
 * id and a colon before it, as `2:…` and `1:…`. The first makes tokens; undefined where the policy names none.
 *
 * @throws GateError `configuration-invalid` where the root is missing or weak
 */
export function openMaskKeys(
  secret: SecretPlace | null,
  context: SecretContext,
): MaskKeys | undefined {
  if (secret === null) return undefined;
  const subject = `the root of keyed hashes (${secret.kind} \`${secret.place}\`)`;
  const roots = readSecretWords(secret, subject, context).map((word) => {
    const at = word.indexOf(":");
    return { id: at === -1 ? ONLY_ID : word.slice(0, at), secret: word.slice(at + 1) };
  });
  if (roots.length === 0) throw new GateError("configuration-invalid", `${subject} is missing`);
  return createRootMaskKeys({ roots });
}
