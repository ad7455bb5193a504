import { GateError } from "../gate-error.js";
import { incomplete } from "../authorize.js";
import { verifyIssued } from "../issuer/verify-issued.js";
import type { PolicyTypes } from "../policy-types.js";
import type { VerifiedCredential } from "../tokens/verification.js";
import { sendDone, sendJson } from "./answers.js";
import { isLive } from "./begin-session.js";
import type { SessionCore, SessionHandler } from "./open-core.js";
import { readFields } from "./read-fields.js";

/** RFC 7009. A token that is unknown is answered like one that was revoked (section 2.2). */
export function revokeHandler<P extends PolicyTypes>(core: SessionCore<P>): SessionHandler {
  const verify = accessTokens(core);
  return async (request, response) => {
    const fields = await readFields(request);
    const text = requireToken(fields);
    const found = await core.find(text);
    if (typeof found !== "string") {
      const clientId = fields.get("client_id") ?? found.client.id;
      if (clientId === found.client.id && (await core.end(found.session, "logout"))) {
        const { session } = found;
        core.tell(
          { event: "session.ended", severity: "info", reason: "revoked", session },
          request,
        );
      }
    } else if (found === "malformed") {
      const access = await verify(text);
      const id = access?.credential.tokenId;
      const issuer = core.issuer.issuer;
      if (typeof id === "string") await core.options.revocations.revokeToken({ issuer, id });
    }
    sendDone(response);
  };
}

/**
 * RFC 7662. A token that is of no use is `active: false` whatever the reason (section 2.2), and asking changes
 * nothing. The route decides who may ask: without a principal the handler refuses.
 */
export function introspectHandler<P extends PolicyTypes>(core: SessionCore<P>): SessionHandler {
  const verify = accessTokens(core);
  return async (request, response, context) => {
    if (context.authentication?.kind !== "principal") {
      incomplete(context, response, "the route of this handler has no principal");
      return;
    }
    const text = requireToken(await readFields(request));
    const found = await core.find(text);
    if (typeof found !== "string") {
      const { session, facts, token } = found;
      const isNext = token.generation === session.generation;
      const isActive = isNext && isLive(session, core.state.now());
      sendJson(response, isActive ? describeRefreshToken() : { active: false });
      return;

      function describeRefreshToken() {
        return {
          active: true,
          token_type: "refresh_token",
          iss: core.issuer.issuer,
          sub: session.subject,
          client_id: facts.clientId,
          sid: session.id,
          exp: Math.floor(Math.min(session.idleUntil, session.absoluteUntil) / 1000),
          ...(facts.scopes === null ? {} : { scope: facts.scopes.join(" ") }),
        };
      }
    }
    const access = found === "malformed" ? await verify(text) : undefined;
    sendJson(response, access === undefined ? { active: false } : describe(access));
  };
}

function describe({ claims }: VerifiedCredential): object {
  const isBound = claims["cnf"] !== undefined;
  return { ...claims, active: true, token_type: isBound ? "DPoP" : "Bearer" };
}

function requireToken(fields: ReadonlyMap<string, string>): string {
  const text = fields.get("token");
  if (text === undefined || text === "") throw new GateError("invalid-request", "token");
  return text;
}

/** Access tokens of the issuer of the sessions, if they hold and nobody revoked them. */
function accessTokens<P extends PolicyTypes>({ issuer, options, state }: SessionCore<P>) {
  const { encryption } = issuer;
  const verify = verifyIssued({
    issuer: issuer.issuer,
    audience: issuer.audience,
    algorithms: issuer.algorithms,
    keys: options.ring,
    now: state.now,
    ...(encryption && { encryption }),
  });
  return async (token: string): Promise<VerifiedCredential | undefined> => {
    const found = await verify(token);
    if (!found.ok) return undefined;
    const isValid = await options.revocations.view.check(found, state.now());
    return isValid ? found : undefined;
  };
}
