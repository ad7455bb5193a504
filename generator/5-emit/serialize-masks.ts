import type { SerializedSnapshot } from "@gatewright/runtime/abi";
import type { MaskModel } from "../3-model/audit-events-model.js";
import type { KeyPlace } from "../3-model/policy-model.js";

type SerializedSchema = NonNullable<SerializedSnapshot["auditSchema"]>;
type SerializedOptions = SerializedSchema["masks"][number]["options"];

/** As the runtime takes them; `data` is for the compiler alone. Whole numbers are hashed as such. */
export function serializeOptions(
  { method, options }: MaskModel,
  kind: "integer" | "other",
): SerializedOptions {
  const { data: _, ...rest } = options;
  const isInteger = method === "hmac" && kind === "integer" && rest["type"] === undefined;
  // The compiler of policies has checked them.
  return { method, ...rest, ...(isInteger ? { type: "integer" } : {}) } as SerializedOptions;
}

export function serializeSecret(secret: KeyPlace | undefined): SerializedSchema["secret"] {
  if (secret === undefined) return null;
  return { kind: secret.kind === "file" ? "file" : "environment", place: secret.place };
}
