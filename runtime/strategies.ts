import type { IncomingMessage } from "node:http";
import type { AuthenticatorPart } from "./credentials.js";
import { GateError } from "./gate-error.js";
import { formOf } from "./opaque/token-form.js";
import type { TokenForm } from "./opaque/token-form.js";
import type { SerializedSnapshot } from "./snapshot-format.js";
import { allowListStrategy } from "./strategies/allow-list-strategy.js";
import { applicationStrategy } from "./strategies/application-strategy.js";
import { opaqueStrategy } from "./strategies/opaque-strategy.js";
import type { SerializedStrategy } from "./strategies/serialized-strategy.js";
import { bearerToken } from "./tokens/bearer-token.js";
import { refuse } from "./tokens/verification.js";
import type { Authenticator, TokenVerifier, Verification } from "./tokens/verification.js";

/**
 * The strategies of `authentication`, by route. Which one takes a request is told by the form of its
 * credentials, before any is asked; what that one refuses is refused.
 */
export const strategies: AuthenticatorPart = (snapshot, context, { jwt, verify }) => {
  const { authentication } = snapshot.source;
  if (authentication.strategies.length === 0) return jwt;
  const judge = createJudge(snapshot.source);
  const opened = authentication.strategies.map((strategy): OpenStrategy => {
    const { kind, header } = strategy;
    if (kind === "application") {
      const ask = applicationStrategy(strategy, snapshot, context);
      const read: Authenticator = async (request, route, now) => {
        const found = await ask(request, route, now);
        return found && judge(found);
      };
      return { kind, header, read };
    }
    if (kind === "opaque") {
      const find = opaqueStrategy(strategy, context);
      return { kind, form: kind, verify: async (token, now) => judge(await find(token, now)) };
    }
    if (kind === "allow-list") {
      const find = allowListStrategy(strategy, context);
      return { kind, form: "static", verify: async (token, now) => judge(await find(token, now)) };
    }
    return { kind, form: "jwt", verify: tokensStrategy(strategy, snapshot.source, verify) };
  });
  const groupOf = (indices: readonly number[]) =>
    openGroup(indices.flatMap((index) => opened[index] ?? []));
  const fallback = groupOf(authentication.default);
  const byRoute = new Map(
    authentication.routes.map((named) => [named.route, groupOf(named.strategies)]),
  );
  return (request, route, now) => (byRoute.get(route) ?? fallback)(request, route, now);
};

type OpenStrategy =
  | {
      readonly kind: "tokens" | "opaque" | "allow-list";
      readonly form: TokenForm;
      readonly verify: TokenVerifier;
    }
  | {
      readonly kind: "application";
      /** In lower case; null where it reads the whole request. */
      readonly header: string | null;
      readonly read: Authenticator;
    };

/**
 * Claims that change what a token permits, of a key that it is bound to or of somebody who acts, are refused as
 * those of a JWT are where the policy says nothing of them.
 */
function createJudge({
  dpop,
  principal,
}: SerializedSnapshot): (found: Verification) => Verification {
  const refused = [
    ...(principal.actor === null ? ["act"] : []),
    ...(dpop === undefined ? ["cnf"] : []),
  ];
  return (found) => {
    const claim = found.ok && refused.find((name) => Object.hasOwn(found.claims, name));
    return claim ? refuse(`claim:${claim}`, found.credential) : found;
  };
}

/** JWTs of some issuers: a token of another one may be good elsewhere, and is refused here. */
function tokensStrategy(
  { name, issuers: indices }: SerializedStrategy,
  { issuers }: SerializedSnapshot,
  verify: TokenVerifier,
): TokenVerifier {
  const accepted = new Set<unknown>(indices.map((index) => issuers[index]?.issuer));
  return async (token, now) => {
    const found = await verify(token, now);
    const credential = found.credential && { ...found.credential, strategy: name };
    if (!found.ok) return refuse(found.cause, credential);
    if (!accepted.has(found.claims["iss"])) return refuse("issuer", credential);
    return { ...found, credential: { ...found.credential, strategy: name } };
  };
}

/** The strategies of one route, told apart; a request that could be for two of them is for none. */
function openGroup(members: readonly OpenStrategy[]): Authenticator {
  const byForm = new Map<TokenForm, TokenVerifier>();
  const byHeader = new Map<string, Authenticator>();
  let whole: Authenticator | undefined;
  for (const member of members) {
    if (member.kind !== "application") {
      requireDistinct(!byForm.has(member.form));
      byForm.set(member.form, member.verify);
    } else if (member.header === null) whole = member.read;
    else {
      requireDistinct(!byHeader.has(member.header));
      byHeader.set(member.header, member.read);
    }
  }
  requireDistinct(whole === undefined || members.length === 1);
  return (request, route, now) => {
    const token = bearerToken(request);
    if (whole !== undefined) return whole(request, route, now);
    const lines = headerLines(request).filter((name) => byHeader.has(name));
    if (lines.length + (token === undefined ? 0 : 1) > 1) {
      throw new GateError("invalid-request", "two-credentials");
    }
    if (token === undefined) return byHeader.get(lines[0] ?? "")?.(request, route, now);
    const verify = byForm.get(formOf(token));
    return verify === undefined ? refuse("strategy") : verify(token, now);
  };
}

/** Every line: Node joins those of one name. */
function headerLines({ rawHeaders }: IncomingMessage): readonly string[] {
  return rawHeaders.flatMap((name, index) => (index % 2 === 0 ? name.toLowerCase() : []));
}

function requireDistinct(isDistinct: boolean): void {
  if (isDistinct) return;
  const message = "the strategies of a route cannot be told apart";
  throw new GateError("snapshot-invalid", message);
}
