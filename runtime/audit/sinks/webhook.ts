import { createHmac } from "node:crypto";
import { GateError } from "../../gate-error.js";
import type { AuditSink } from "../delivery/audit-sink.js";
import { createPost, discard } from "./post.js";
import type { HttpTarget } from "./post.js";
import { readSecretWords } from "../../read-secret-words.js";
import type { SinkOpener } from "../log/sink-opener.js";

export type { HttpTarget } from "./post.js";

export interface WebhookSinkOptions extends HttpTarget {
  /**
   * `whsec_` and 24 to 64 bytes in base64, as Standard Webhooks has it. The request carries a
   * signature by each, so that a receiver may change from one to the next.
   */
  readonly secrets: readonly string[];
  /** `ndjson` (one event a line) by default; `json` is an array. */
  readonly format?: "ndjson" | "json";
  /** Milliseconds since the epoch; `Date.now` by default. */
  readonly now?: () => number;
}

/**
 * Posts batches to a receiver, signed as Standard Webhooks 1.0 says (HMAC-SHA256 of
 * `<webhook-id>.<webhook-timestamp>.<body>`). `webhook-id`, also sent as `Idempotency-Key`, is the
 * key of the batch: a receiver that has it already answers 2xx. A status of 2xx says that the events
 * are kept; 400, 413 and 422 bring the halves of the batch; redirects are not followed.
 *
 * @throws GateError `configuration-invalid` for an address or a secret of another form
 */
export function createWebhookSink(options: WebhookSinkOptions): AuditSink {
  const { secrets, format = "ndjson", now = Date.now } = options;
  const post = createPost("webhook", options);
  const keys = secrets.map(readSecret);
  if (keys.length === 0) throw faultySecret();
  const type = format === "json" ? "application/json" : "application/x-ndjson";
  return {
    kind: "webhook",
    async deliver({ key, records }, signal) {
      const lines = records.map(({ line }) => line);
      const body = format === "json" ? `[${lines.join(",")}]` : `${lines.join("\n")}\n`;
      const timestamp = String(Math.floor(now() / 1000));
      const signed = `${key}.${timestamp}.${body}`;
      const signatures = keys.map(
        (secret) => `v1,${createHmac("sha256", secret).update(signed).digest("base64")}`,
      );
      const headers = {
        "content-type": type,
        "idempotency-key": `"${key}"`,
        "webhook-id": key,
        "webhook-timestamp": timestamp,
        "webhook-signature": signatures.join(" "),
      };
      discard(await post(body, headers, signal));
    },
    close: async () => undefined,
  };
}

function readSecret(text: string): Buffer {
  const [, base64 = ""] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(text) ?? [];
  const key = Buffer.from(base64, "base64");
  if (key.length < 24 || key.length > 64) throw faultySecret();
  return key;
}

function faultySecret(): GateError {
  const form = "`whsec_` and 24 to 64 bytes in base64";
  return new GateError("configuration-invalid", `a webhook needs secrets of the form ${form}`);
}

/** Posts to the address that a policy names, signed by the secrets that it names the place of. */
export const opener: SinkOpener = ({ url = "", secret, format }, context) =>
  createWebhookSink({
    url,
    secrets: secret ? readSecretWords(secret, "the signing secret of a webhook", context) : [],
    now: context.now,
    ...(format && { format }),
  });
