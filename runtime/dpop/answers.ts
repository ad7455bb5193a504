import type { ServerResponse } from "node:http";
import type { CorsFeature } from "../gate-features.js";
import type { SerializedDpop } from "../snapshot-format.js";

/** What the verification of a request leaves for its answer. */
export interface DpopNote {
  /** Whether the request used the scheme `DPoP`. */
  readonly isDpop: boolean;
  /** For `DPoP-Nonce`; undefined where the client has a fresh one or needs none. */
  nonce?: string | undefined;
  /** RFC 9449, sections 7.1 and 9. */
  error?: "invalid_dpop_proof" | "use_dpop_nonce";
}

// A weak map, as the contexts of requests are.
const notes = new WeakMap<object, DpopNote>();

export function noteFor(request: object, note: DpopNote): DpopNote {
  notes.set(request, note);
  return note;
}

const BEARER = 'Bearer realm="gatewright"';

/** Challenges (RFC 9449, section 7.1) and nonces (section 9) on the answers of a policy, besides its CORS headers. */
export function challenged(cors?: CorsFeature): CorsFeature {
  return (snapshot) => {
    const inner = snapshot.source.cors.rules.length > 0 ? cors?.(snapshot) : undefined;
    const { dpop } = snapshot.source;
    return {
      decorate(context, response) {
        inner?.decorate(context, response);
        if (dpop !== undefined) decorate(dpop, response);
      },
      preflight: (context, response) => (inner ? inner.preflight(context, response) : "cors"),
    };
  };
}

function decorate({ algorithms, bearer }: SerializedDpop, response: ServerResponse): void {
  const note = notes.get(response.req);
  if (note?.nonce !== undefined) {
    response.setHeader("DPoP-Nonce", note.nonce);
    response.setHeader("Cache-Control", "no-store");
  }
  const challenge = response.getHeader("WWW-Authenticate");
  if (typeof challenge !== "string" || !challenge.startsWith(BEARER)) return;
  const told = challenge.slice(BEARER.length);
  const error = note?.error === undefined ? told : `, error="${note.error}"`;
  const own = `DPoP realm="gatewright", algs="${algorithms.join(" ")}"`;
  response.setHeader("WWW-Authenticate", [
    ...(bearer ? [note?.isDpop ? BEARER : BEARER + error] : []),
    note?.isDpop || !bearer ? own + error : own,
  ]);
}
