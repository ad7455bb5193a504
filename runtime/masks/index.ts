export { createBinaryMask } from "./binary.js";
export type { BinaryMaskOptions } from "./binary.js";
export { createBucketMask } from "./bucket.js";
export type { BucketMaskOptions } from "./bucket.js";
export { createCardMask } from "./card.js";
export type { CardMaskOptions } from "./card.js";
export { createMask, maskMethods } from "./create-mask.js";
export type { MaskMethod, MaskOptions, MaskServices } from "./create-mask.js";
export { createCustomMask } from "./custom.js";
export type { CustomMaskOptions } from "./custom.js";
export { createDateMask } from "./date.js";
export type { DateMaskOptions } from "./date.js";
export { createDetectMask } from "./detect.js";
export type { DetectMaskOptions } from "./detect.js";
export { createEmailMask } from "./email.js";
export { createHmacMask } from "./hmac.js";
export type { HmacMask, HmacMaskOptions, HmacType } from "./hmac.js";
export { createIpMask } from "./ip.js";
export { maskedToJson, maskedToValue, NULL_MARKER, NULL_MARKER_JSON } from "./mask.js";
export type { Mask, MaskContext, Masked, MaskFailure, MaskResult } from "./mask.js";
export { createRootMaskKeys, createTenantMaskKeys } from "./mask-keys.js";
export type {
  MaskAlgorithm,
  MaskKey,
  MaskKeys,
  MaskRoot,
  RootMaskKeysOptions,
  TenantMaskKeysOptions,
} from "./mask-keys.js";
export { createNameMask } from "./name.js";
export { createNullOutMask } from "./null-out.js";
export { createPhoneMask } from "./phone.js";
export type { PhoneMaskOptions } from "./phone.js";
export { isRaw, raw, reveal } from "./raw.js";
export type { Raw } from "./raw.js";
export { createResidentIdMask } from "./resident-id.js";
