import { GateError } from "../gate-error.js";
import { createBinaryMask } from "./binary.js";
import { createBucketMask } from "./bucket.js";
import type { BucketMaskOptions } from "./bucket.js";
import { createCardMask } from "./card.js";
import type { CardMaskOptions } from "./card.js";
import { createCustomMask } from "./custom.js";
import type { CustomMaskOptions } from "./custom.js";
import { createDateMask } from "./date.js";
import type { DateMaskOptions } from "./date.js";
import { createDetectMask } from "./detect.js";
import type { DetectMaskOptions } from "./detect.js";
import { createEmailMask } from "./email.js";
import { createHmacMask } from "./hmac.js";
import type { HmacMaskOptions } from "./hmac.js";
import { createIpMask } from "./ip.js";
import type { Mask } from "./mask.js";
import type { MaskKeys } from "./mask-keys.js";
import { createNameMask } from "./name.js";
import { createNullOutMask } from "./null-out.js";
import { createPhoneMask } from "./phone.js";
import type { PhoneMaskOptions } from "./phone.js";
import { createResidentIdMask } from "./resident-id.js";

/** A method by its name, with its options as data. */
export type MaskOptions =
  | { readonly method: "binary"; readonly linked?: true }
  | ({ readonly method: "bucket" } & BucketMaskOptions)
  | ({ readonly method: "card" } & CardMaskOptions)
  | { readonly method: "custom"; readonly name: string; readonly maxLength?: number }
  | ({ readonly method: "date" } & DateMaskOptions)
  | ({ readonly method: "detect" } & DetectMaskOptions)
  | { readonly method: "email" }
  | ({ readonly method: "hmac" } & Omit<HmacMaskOptions, "keys" | "onFailure">)
  | { readonly method: "ip" }
  | { readonly method: "name" }
  | { readonly method: "null-out" }
  | ({ readonly method: "phone" } & PhoneMaskOptions)
  | { readonly method: "resident-id" };

export type MaskMethod = MaskOptions["method"];

/** What methods need that is no data. */
export interface MaskServices {
  /** For `hmac`, and `binary` where it is linked. */
  readonly keys?: MaskKeys;
  /** For `custom`, by name. */
  readonly custom?: Readonly<Record<string, CustomMaskOptions["mask"]>>;
  /** Told of each value that `custom` or `hmac` failed for, to count it. */
  readonly onFailure?: CustomMaskOptions["onFailure"];
}

type Create<Method extends MaskMethod> = (
  options: Extract<MaskOptions, { readonly method: Method }>,
  services: MaskServices,
) => Mask;

/** One line for each method. */
const methods: { readonly [Method in MaskMethod]: Create<Method> } = {
  binary: ({ linked }, { keys }) =>
    createBinaryMask(linked === true ? { keys: needed(keys, "keys") } : {}),
  bucket: createBucketMask,
  card: createCardMask,
  custom: ({ name, ...options }, { custom = {}, onFailure }) => {
    const mask = Object.hasOwn(custom, name) ? custom[name] : undefined;
    const counted = onFailure === undefined ? {} : { onFailure };
    return createCustomMask({
      ...options,
      ...counted,
      mask: needed(mask, `custom mask \`${name}\``),
    });
  },
  date: createDateMask,
  detect: createDetectMask,
  email: createEmailMask,
  hmac: (options, { keys, onFailure }) => {
    const counted = onFailure === undefined ? {} : { onFailure };
    return createHmacMask({ ...options, ...counted, keys: needed(keys, "keys") }).mask;
  },
  ip: createIpMask,
  name: createNameMask,
  "null-out": createNullOutMask,
  phone: createPhoneMask,
  "resident-id": createResidentIdMask,
};

/** The names of all methods, in alphabetical order. */
export const maskMethods = Object.keys(methods).toSorted() as readonly MaskMethod[];

/**
 * Makes the mask that options describe.
 *
 * @throws GateError `configuration-invalid` for an unknown method, unsound options, or a missing key or function
 */
export function createMask(options: MaskOptions, services: MaskServices = {}): Mask {
  if (!Object.hasOwn(methods, options.method)) {
    throw new GateError("configuration-invalid", `unknown masking method \`${options.method}\``);
  }
  // The method's own options, which the type of a table cannot say.
  const create = methods[options.method] as Create<MaskMethod>;
  return create(options as never, services);
}

function needed<Value>(value: Value | undefined, what: string): Value {
  if (value === undefined) throw new GateError("configuration-invalid", `masks have no ${what}`);
  return value;
}
