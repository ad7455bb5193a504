import { GateError } from "../../gate-error.js";
import { retryLater, splitBatch, wordOf } from "../delivery/sink-error.js";
import type { SinkError } from "../delivery/sink-error.js";

/** A receiver that is spoken to over HTTP. */
export interface HttpTarget {
  /** `https:`, without user name and password; `http:` only to this machine, unless `plaintext` allows more. */
  readonly url: string;
  /** Asked before every request, so that a credential may change. */
  readonly headers?: (() => Readonly<Record<string, string>>) | undefined;
  /** Where events may travel unencrypted; `loopback` by default. */
  readonly plaintext?: "loopback" | "anywhere" | undefined;
}

/** Resolves with a response of status 2xx, of which the body is not read yet. @throws SinkError */
export type Post = (
  body: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
) => Promise<Response>;

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** @throws GateError `configuration-invalid` where the address is none that events may be sent to */
export function createPost(name: string, target: HttpTarget): Post {
  const { headers: ownHeaders, plaintext = "loopback" } = target;
  const fault = faultOf(target.url, plaintext);
  if (fault !== undefined) {
    throw new GateError("configuration-invalid", `the address of the audit sink ${name} ${fault}`);
  }
  return async (body, headers, signal) => {
    let response: Response;
    try {
      response = await fetch(target.url, {
        method: "POST",
        // Whoever the receiver names is not whom the policy names.
        redirect: "manual",
        headers: { ...ownHeaders?.(), ...headers },
        body,
        signal,
      });
    } catch (error) {
      // An abort has the reason that the delivery gave it.
      throw retryLater(
        signal.aborted ? String(signal.reason) : wordOf(Object(error).cause ?? error),
      );
    }
    if (response.ok) return response;
    discard(response);
    throw refusalOf(response.status, response.headers.get("retry-after"));
  };
}

/** What nobody reads would keep its connection. */
export function discard(response: Response): void {
  response.body?.cancel().catch(() => undefined);
}

function faultOf(text: string, plaintext: "loopback" | "anywhere"): string | undefined {
  if (!URL.canParse(text)) return "is not a URL";
  const { protocol, hostname, username, password } = new URL(text);
  if (username !== "" || password !== "") return "holds a user name or password";
  if (protocol === "https:") return undefined;
  if (protocol !== "http:") return "is not of HTTP";
  return plaintext === "anywhere" || LOOPBACK.test(hostname)
    ? undefined
    : "is `http:`, and not of this machine";
}

/**
 * RFC 9110, section 15. What says that the content is wrong is tried in halves; all else, also a
 * wrong credential or path, may be cured at the other end and is tried again: no event is given up
 * for a mistake in a configuration.
 */
function refusalOf(status: number, retryAfter: string | null): SinkError {
  const reason = `status-${status}`;
  if (status === 400 || status === 413 || status === 422) return splitBatch(reason);
  if (status >= 300 && status < 400) return retryLater("redirect");
  return retryLater(reason, readRetryAfter(retryAfter));
}

/** Milliseconds: RFC 9110, section 10.2.3, has seconds or a date. */
function readRetryAfter(text: string | null): number | undefined {
  if (text === null) return undefined;
  const milliseconds = /^\d{1,9}$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return milliseconds > 0 ? milliseconds : undefined;
}
