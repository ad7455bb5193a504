import type { IncomingMessage } from "node:http";
import { directClients } from "../client-address.js";
import type { ProxyTrust } from "../client-address.js";
import { GateError } from "../gate-error.js";
import type { SerializedDpop } from "../snapshot-format.js";
import { refuse } from "../tokens/verification.js";
import type { CredentialRefusal } from "../tokens/verification.js";
import type { DpopNote } from "./answers.js";
import { openNonces } from "./nonces.js";
import type { Nonces } from "./nonces.js";
import { createMemoryProofStore } from "./proof-store.js";
import type { ProofStore } from "./proof-store.js";
import { readProof, sha256 } from "./read-proof.js";
import { isAbout } from "./request-uri.js";

/** In characters; a client chooses it. */
const MAX_ID_LENGTH = 256;

/** For a client that shows its key for the first time. */
export const anyKey = Symbol("any key");

export interface Presented {
  readonly request: IncomingMessage;
  /** The access token that the proof is about; undefined where one is asked for (RFC 9449, section 5). */
  readonly token: string | undefined;
  /** Thumbprint of the key that must have made it, or {@link anyKey}. */
  readonly key: unknown;
  readonly note: DpopNote;
}

export interface Proofs {
  /** Undefined where the policy asks for none. */
  readonly nonces: Nonces | undefined;
  check(presented: Presented, now: number): Promise<ProvenKey | CredentialRefusal>;
}

export interface ProvenKey {
  readonly ok: true;
  /** RFC 7638. */
  readonly thumbprint: string;
}

export interface ProofContext {
  /** By default nobody is trusted to tell the client's URI. */
  readonly proxies?: ProxyTrust;
  /** For `replay: redis`. */
  readonly proofStore?: ProofStore | undefined;
  readonly onError: (error: unknown) => void;
}

/** Opens the verification of proofs; what it answers is asked for again before each one. */
export function openProofs(
  rules: SerializedDpop,
  context: ProofContext,
): (now: number) => Promise<Proofs> {
  const { maxAgeSeconds, clockToleranceSeconds: tolerance, origins } = rules;
  const { proxies = directClients } = context;
  const store = storeFor(rules, context);
  let nonces: Nonces | undefined;
  let keyedUntil = 0;
  const check = async (
    { request, token, key, note }: Presented,
    now: number,
  ): Promise<ProvenKey | CredentialRefusal> => {
    const fail = (cause: string, error: DpopNote["error"] = "invalid_dpop_proof") => {
      note.error = error;
      return refuse(`dpop:${cause}`);
    };
    const [text, ...others] = proofLines(request);
    const proof = text === undefined || others.length > 0 ? undefined : readProof(text, rules);
    if (proof === undefined) return fail(others.length > 0 ? "two-proofs" : "proof");
    const { claims, thumbprint } = proof;
    const { htm, htu, iat, jti, ath, nonce } = claims;
    if (htm !== request.method) return fail("method");
    if (!isAbout(htu, request, { origins, proxies })) return fail("uri");
    if (token !== undefined && ath !== sha256(token)) return fail("token");
    if (key !== anyKey && thumbprint !== key) return fail("key");
    if (nonces !== undefined && !nonces.isFresh(nonce, now)) return fail("nonce", "use_dpop_nonce");
    // A nonce of the present slice is good for a while.
    if (nonces !== undefined && nonce === nonces.current(now)) note.nonce = undefined;
    const age = Number.isInteger(iat) ? now / 1000 - Number(iat) : Number.NaN;
    if (!(age <= maxAgeSeconds && age >= -tolerance)) return fail("age");
    if (typeof jti !== "string" || jti === "" || jti.length > MAX_ID_LENGTH) return fail("id");
    // By clocks of nodes that differ, and for a proof from the near future.
    const kept = (maxAgeSeconds + 2 * tolerance + 1) * 1000;
    const isFirst = await fromStore(context, () =>
      store.use(sha256(`${thumbprint}.${jti}`), now, kept),
    );
    return isFirst ? { ok: true, thumbprint } : fail("replay");
  };
  return async (now) => {
    // Again and again: a store that lost what it held gives another key to the next node that asks.
    if (rules.nonce && now >= keyedUntil) {
      nonces = openNonces(await fromStore(context, () => store.nonceKey()), maxAgeSeconds);
      keyedUntil = now + maxAgeSeconds * 1000;
    }
    return { nonces, check };
  };
}

function storeFor({ replay }: SerializedDpop, { proofStore }: ProofContext): ProofStore {
  if (replay.store === "memory") return createMemoryProofStore(replay.maxEntries);
  if (proofStore !== undefined) return proofStore;
  const message = "the policy keeps used proofs in Redis: pass `proofStore`";
  throw new GateError("configuration-invalid", message);
}

async function fromStore<T>({ onError }: ProofContext, ask: () => T | Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof GateError) throw error;
    onError(error);
    throw new GateError("unavailable", "dpop-store");
  }
}

/** Every line: Node joins those of one name. */
function proofLines({ rawHeaders }: IncomingMessage): readonly string[] {
  return rawHeaders.filter(
    (_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === "dpop",
  );
}
