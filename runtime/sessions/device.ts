import { timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { noteFor } from "../dpop/answers.js";
import { anyKey, openProofs } from "../dpop/open-proofs.js";
import type { ProvenKey } from "../dpop/open-proofs.js";
import type { PolicyTypes } from "../policy-types.js";
import type { RequestContext } from "../request-context.js";
import type { SerializedSessionClient } from "../serialized-sessions.js";
import { refuse } from "../tokens/verification.js";
import type { CredentialRefusal } from "../tokens/verification.js";
import { cookieNames } from "./cookies.js";
import type { CookieName } from "./cookies.js";
import type { FoundSession, SessionCore } from "./open-core.js";
import { createSecret, deviceDigest } from "./refresh-token.js";
import type { DeviceBinding } from "./session-facts.js";

export interface BoundDevice {
  readonly binding: DeviceBinding | null;
  /** For the cookie; nothing else has it. */
  readonly secret?: string;
}

/** What sessions are bound to besides their tokens. */
export interface Devices {
  /** Binds a session that begins; a closed word where the client does not show the key that it must have. */
  bind(device: NewDevice): Promise<BoundDevice | string>;
  /**
   * Whether a request comes from the device of a session; a closed word where not. Without its cookie or its key
   * a token is of no use, nor does it end anything.
   */
  check(found: FoundSession, presented: PresentedDevice): Promise<string | undefined>;
}

interface NewDevice {
  readonly client: SerializedSessionClient;
  readonly sessionId: string;
  readonly request: IncomingMessage;
  readonly context: RequestContext;
}

interface PresentedDevice {
  readonly request: IncomingMessage;
  readonly context: RequestContext;
  readonly cookies: ReadonlyMap<CookieName, string> | undefined;
}

/** @throws GateError `configuration-invalid` where proofs are kept in Redis, and no `proofStore` is passed */
export function openDevices<P extends PolicyTypes>(core: SessionCore<P>): Devices {
  const { secrets } = core;
  const prove = openKeyProofs(core);
  return {
    async bind({ client: { device }, sessionId, request, context }) {
      if (device === "none") return { binding: null };
      if (device === "dpop") {
        const proven = await prove(request, context, anyKey);
        if (!proven.ok) return proven.cause;
        return { binding: { kind: "dpop", thumbprint: proven.thumbprint } };
      }
      const secret = createSecret();
      const digest = deviceDigest(secrets.current.key, sessionId, secret);
      return { binding: { kind: "cookie", digest }, secret };
    },
    async check({ session, facts: { device, keyId } }, { request, context, cookies }) {
      if (device === null) return undefined;
      if (device.kind === "dpop") {
        const proven = await prove(request, context, device.thumbprint);
        return proven.ok ? undefined : proven.cause;
      }
      const secret = cookies?.get(cookieNames.device);
      const key = secrets.find(keyId);
      if (secret === undefined || key === undefined) return "device";
      return isEqual(device.digest, deviceDigest(key, session.id, secret)) ? undefined : "device";
    },
  };
}

type ProveKey = (
  request: IncomingMessage,
  context: RequestContext,
  key: unknown,
) => Promise<ProvenKey | CredentialRefusal>;

function openKeyProofs<P extends PolicyTypes>({
  snapshot: { dpop },
  options: { proofStore },
  state,
}: SessionCore<P>): ProveKey {
  if (dpop === undefined) return proveNothing;
  const { proxies } = state.policy;
  const open = openProofs(dpop, { proxies, proofStore, onError: state.onError });
  return async (request, context, key) => {
    const now = context.now();
    const note = noteFor(request, { isDpop: true });
    const proofs = await open(now);
    note.nonce = proofs.nonces?.current(now);
    return proofs.check({ request, token: undefined, key, note }, now);
  };
}

/** The compiler admits no such client without proofs. */
async function proveNothing(): Promise<CredentialRefusal> {
  return refuse("dpop:off");
}

function isEqual(own: string, given: string): boolean {
  const [one, other] = [Buffer.from(own), Buffer.from(given)];
  return one.length === other.length && timingSafeEqual(one, other);
}
