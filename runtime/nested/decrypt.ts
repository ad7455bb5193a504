import { createDecipheriv } from "node:crypto";
import type { KeyObject } from "node:crypto";
import type { NestedToken } from "./read-nested.js";

/** What is inside a nested token; undefined where the key, the header or a bit is another. */
export function decrypt(
  { head, iv, content, tag }: NestedToken,
  key: KeyObject,
): string | undefined {
  const cipher = createDecipheriv("aes-256-gcm", key, iv, { authTagLength: 16 });
  cipher.setAAD(Buffer.from(head)).setAuthTag(tag);
  try {
    return Buffer.concat([cipher.update(content), cipher.final()]).toString("latin1");
  } catch {
    return undefined;
  }
}
