import type { IncomingMessage } from "node:http";
import { directClients } from "./client-address.js";
import type { WrapperPart } from "./credentials.js";
import { noteFor } from "./dpop/answers.js";
import type { DpopNote } from "./dpop/answers.js";
import { openNonces } from "./dpop/nonces.js";
import type { Nonces } from "./dpop/nonces.js";
import { createMemoryProofStore } from "./dpop/proof-store.js";
import type { ProofStore } from "./dpop/proof-store.js";
import { readProof, sha256 } from "./dpop/read-proof.js";
import { isAbout } from "./dpop/request-uri.js";
import { GateError } from "./gate-error.js";
import type { PolicyContext } from "./load-policy.js";
import type { SerializedDpop, SerializedSnapshot } from "./snapshot-format.js";
import { bearerToken } from "./tokens/bearer-token.js";
import { refuse } from "./tokens/verification.js";
import type { CredentialRefusal, VerifiedCredential } from "./tokens/verification.js";

export { challenged } from "./dpop/answers.js";

/** RFC 9449, section 7.1: the token stands as it would behind `Bearer`. */
const SCHEME = /^dpop(?= |$)/i;

/** In characters; a client chooses it. */
const MAX_ID_LENGTH = 256;

/**
 * Tokens that are bound to a key of their client (RFC 9449): they come with a proof that it holds the key, made
 * for this request, and used once. A token that is bound to anything is no bearer token (section 7.2).
 */
export const dpop: WrapperPart = ({ source }, context, authenticator) => {
  if (source.dpop === undefined) return authenticator;
  const open = openProofs(source, source.dpop, context);
  const { modes } = source.dpop;
  const modeOf = new Map(source.issuers.map(({ issuer }, index) => [issuer, modes[index]]));
  return async (request, route, now) => {
    const view = asBearer(request);
    const note = noteFor(request, { isDpop: view !== undefined });
    const found = await authenticator(view ?? request, route, now);
    const mode = (found?.ok && modeOf.get(String(found.claims["iss"]))) || "off";
    if (view === undefined) {
      const isBound = found?.ok && (mode === "required" || found.claims["cnf"] !== undefined);
      return isBound ? refuse("dpop:bearer") : found;
    }
    const proofs = await open(now);
    note.nonce = proofs.nonces?.current(now);
    if (!found?.ok) return found;
    if (mode === "off") return refuse("dpop:off");
    const token = bearerToken(view) ?? "";
    return (await proofs.check({ request, token, found, note }, now)) ?? found;
  };
};

/** A request that is read as one with a bearer token; undefined where it has no `DPoP` scheme. */
function asBearer(request: IncomingMessage): IncomingMessage | undefined {
  const { rawHeaders } = request;
  const index = rawHeaders.findIndex(
    (value, place) =>
      place % 2 === 1 &&
      rawHeaders[place - 1]?.toLowerCase() === "authorization" &&
      SCHEME.test(value),
  );
  if (index === -1) return undefined;
  const value = rawHeaders.with(index, String(rawHeaders[index]).replace(SCHEME, "Bearer"));
  return Object.create(request, { rawHeaders: { value } });
}

interface Presented {
  readonly request: IncomingMessage;
  readonly token: string;
  readonly found: VerifiedCredential;
  readonly note: DpopNote;
}

interface Proofs {
  /** Undefined where the policy asks for none. */
  readonly nonces: Nonces | undefined;
  check(presented: Presented, now: number): Promise<CredentialRefusal | undefined>;
}

function openProofs(
  { router }: SerializedSnapshot,
  rules: SerializedDpop,
  context: PolicyContext,
): (now: number) => Promise<Proofs> {
  const { maxAgeSeconds, clockToleranceSeconds: tolerance, origins } = rules;
  const proxies = context.features.forwarded?.(router.trustedProxies) ?? directClients;
  const store = storeFor(rules, context);
  let nonces: Nonces | undefined;
  let keyedUntil = 0;
  const check = async (
    { request, token, found, note }: Presented,
    now: number,
  ): Promise<CredentialRefusal | undefined> => {
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
    if (ath !== sha256(token)) return fail("token");
    if (thumbprint !== boundKey(found)) return fail("key");
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
    return isFirst ? undefined : fail("replay");
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

function storeFor({ replay }: SerializedDpop, { proofStore }: PolicyContext): ProofStore {
  if (replay.store === "memory") return createMemoryProofStore(replay.maxEntries);
  if (proofStore !== undefined) return proofStore;
  const message = "the policy keeps used proofs in Redis: pass `proofStore`";
  throw new GateError("configuration-invalid", message);
}

async function fromStore<T>({ onError }: PolicyContext, ask: () => T | Promise<T>): Promise<T> {
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

/** RFC 9449, section 6.1; a token that is bound in another way besides has a binding that nobody checks. */
function boundKey({ claims }: VerifiedCredential): unknown {
  const { cnf } = claims;
  if (typeof cnf !== "object" || cnf === null || Object.keys(cnf).join() !== "jkt")
    return undefined;
  return Reflect.get(cnf, "jkt");
}
