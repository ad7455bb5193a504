import type { Snapshot } from "@gatewright/runtime";
import { visible } from "../diagnostics/visible.js";
import { strategiesOf } from "./find-strategies.js";
import type { Caller } from "./read-caller.js";
import { suggest } from "./suggest.js";
import { UsageError } from "./usage-error.js";

/** Why the gate does not take the credentials that a caller comes with. */
export interface CredentialRefusal {
  readonly reason: "invalid-token" | "missing-credentials";
  /** `strategy`, `issuer`, or `claim:` and the name of a claim. */
  readonly cause: string;
  readonly detail: string;
}

type Known = Exclude<Caller, { readonly kind: "anonymous" }>;

/**
 * Judges what is said of the credentials as the gate judges them before it reads a principal: whether the route
 * takes their strategy and their issuer, and whether the policy knows what a bound or delegated token means.
 * What is not said speaks against nothing.
 */
export function judgeCredentials(
  snapshot: Snapshot,
  route: number,
  caller: Known,
): CredentialRefusal | undefined {
  const { source } = snapshot;
  const all = source.issuers.map((_, index) => index);
  const iss = caller.kind === "claims" ? caller.claims["iss"] : undefined;
  const number = source.issuers.findIndex(({ issuer }) => issuer === iss);
  const { strategies } = source.authentication;
  if (strategies.length === 0) {
    return refuseClaims(source, caller, number === -1 ? all : [number]);
  }
  const accepted = strategiesOf(snapshot, route);
  const given = strategies.find(({ name }) => name === caller.strategy);
  if (given !== undefined && given.kind !== "tokens") {
    const isTaken = accepted.includes(given);
    return isTaken ? refuseUnknownClaims(source, caller) : refuseStrategy(accepted, given);
  }
  const others = accepted.filter(({ kind }) => kind !== "tokens");
  const isOther = given === undefined && number === -1 && others.length > 0;
  // Whoever does not say the strategy may mean one whose credentials name any issuer.
  if (isOther && (iss !== undefined || others.length === accepted.length)) return undefined;
  if (others.length === accepted.length) return refuseStrategy(accepted, given);
  const taken = accepted.flatMap(({ issuers }) => issuers);
  const possible = iss === undefined ? (given?.issuers ?? taken) : number === -1 ? [] : [number];
  const fits = [given?.issuers ?? all, taken].every((issuers) =>
    possible.every((index) => issuers.includes(index)),
  );
  const refused = possible.length === 0 ? undefined : refuseClaims(source, caller, possible);
  if (refused !== undefined || (fits && possible.length > 0)) return refused;
  const isStrategy = given !== undefined && accepted.includes(given);
  const detail =
    given !== undefined && iss === undefined
      ? notTaken(given)
      : `the ${isStrategy ? `strategy \`${given.name}\`` : "route"} takes no tokens of this issuer`;
  return { reason: "invalid-token", cause: "issuer", detail };
}

function refuseStrategy(
  accepted: readonly { readonly kind: string; readonly header: string | null }[],
  given: { readonly name: string; readonly kind: string } | undefined,
): CredentialRefusal {
  // Who reads a header, or the whole request, finds no credentials in those of another kind.
  const isUnseen =
    given?.kind === "application" ||
    accepted.some(({ kind, header }) => kind === "application" && header === null);
  return {
    reason: isUnseen ? "missing-credentials" : "invalid-token",
    cause: "strategy",
    detail: given === undefined ? "the route takes no JWTs" : notTaken(given),
  };
}

function notTaken({ name }: { readonly name: string }): string {
  return `the route does not take the credentials of \`${name}\``;
}

/** What no issuer of these may say in its tokens. */
function refuseClaims(
  { issuers }: Snapshot["source"],
  caller: Known,
  possible: readonly number[],
): CredentialRefusal | undefined {
  if (possible.length === 0) return undefined;
  return refuseFirst(caller, (name) =>
    possible.every((index) => issuers[index]?.refusedClaims.includes(name)),
  );
}

/** What no credentials may say that are no tokens of an issuer: what the policy gives no meaning. */
function refuseUnknownClaims(
  { principal, dpop }: Snapshot["source"],
  caller: Known,
): CredentialRefusal | undefined {
  const hasMeaning: Readonly<Record<string, boolean>> = {
    act: principal.actor !== null,
    cnf: dpop !== undefined,
  };
  return refuseFirst(caller, (name) => hasMeaning[name] === false);
}

function refuseFirst(
  caller: Known,
  isRefused: (claim: string) => boolean,
): CredentialRefusal | undefined {
  const claims =
    caller.kind === "claims" ? caller.claims : caller.actorRoles === undefined ? {} : { act: {} };
  const claim = Object.keys(refusedClaims).find(
    (name) => Object.hasOwn(claims, name) && isRefused(name),
  );
  if (claim === undefined) return undefined;
  const detail = refusedClaims[claim] ?? "";
  return { reason: "invalid-token", cause: `claim:${claim}`, detail };
}

const refusedClaims: Readonly<Record<string, string>> = {
  act: "the token says who acts for its subject (`act`), and the policy has no `principal.actor`",
  cnf: "the token is bound to a key (`cnf`), and the policy has no `dpop` for its issuer",
};

/** @throws UsageError for a strategy that the policy does not have */
export async function checkStrategy({ source }: Snapshot, caller: Caller): Promise<void> {
  if (caller.kind === "anonymous" || caller.strategy === undefined) return;
  const names = source.authentication.strategies.map(({ name }) => name);
  if (names.includes(caller.strategy)) return;
  const known = names.length === 0 ? "it has none" : `it has ${names.map(visible).join(", ")}`;
  const message = `the policy has no strategy \`${visible(caller.strategy)}\``;
  throw new UsageError([{ message, help: (await suggest(caller.strategy, names)) ?? known }]);
}
