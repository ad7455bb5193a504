import { createHash } from "node:crypto";
import { createMask, createRootMaskKeys } from "@gatewright/runtime/masks";
import type { Mask, MaskContext, MaskMethod, MaskOptions } from "@gatewright/runtime/masks";

export const context: MaskContext = {
  tenant: "acme",
  field: "user.created/email",
  now: Date.parse("2026-06-15T12:00:00Z"),
};

export const root = { id: "k1", secret: createHash("sha256").update("a root for tests").digest() };

export const keys = createRootMaskKeys({ roots: [root] });

/** Every method, some in more than one way, each with a value of its own that it shows something of. */
const examples: readonly (readonly [options: MaskOptions, value: unknown])[] = [
  [{ method: "binary" }, Buffer.from("secret")],
  [{ method: "binary", linked: true }, Buffer.from("secret")],
  [{ method: "bucket", bounds: [0, 100, 1000] }, 250],
  [{ method: "card" }, "4111 1111 1111 1111"],
  [{ method: "card", checksum: "none" }, "4111 1111 1111 1234"],
  [{ method: "custom", name: "initial" }, "confidential"],
  [{ method: "date", show: "year" }, "1984-02-29"],
  [{ method: "date", show: "age", bounds: [18, 65] }, "1984-02-29"],
  [{ method: "detect" }, "card 4111111111111111 of bob@example.com"],
  [{ method: "email" }, "robert@example.com"],
  [{ method: "hmac" }, "robert@example.com"],
  [{ method: "hmac", cached: 8 }, "robert@example.com"],
  [{ method: "hmac", type: "integer" }, 4711],
  [{ method: "hmac", type: "bytes" }, Buffer.from("secret")],
  [{ method: "ip" }, "203.0.113.77"],
  [{ method: "name" }, "Robert"],
  [{ method: "null-out" }, "hunter2"],
  [{ method: "phone" }, "+44 20 7946 0958"],
  [{ method: "phone", country: "44" }, "020 7946 0958"],
  [{ method: "resident-id" }, "11010519491231002X"],
];

export interface Example {
  /** The options, to name a test by. */
  readonly name: string;
  readonly method: MaskMethod;
  readonly mask: Mask;
  readonly value: unknown;
}

export const everyMask: readonly Example[] = examples.map(([options, value]) => ({
  name: JSON.stringify(options),
  method: options.method,
  mask: createMask(options, { keys, custom: { initial: (text) => `${String(text)[0]}!` } }),
  value,
}));

/** Masks that never show a part of a text, and those that show one of a fixed size. */
export const ofText = everyMask.filter(({ method }) => method !== "detect" && method !== "custom");
