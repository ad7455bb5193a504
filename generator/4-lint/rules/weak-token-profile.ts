import type { IssuerModel } from "../../3-model/policy-model.js";
import type { Rule } from "../rule.js";

/** Why: RFC 9068 has its rules for reasons, and a policy that goes without one should know what it gives up. */
export const weakTokenProfile: Rule = {
  name: "weak-token-profile",
  severity: "warning",
  *check(model) {
    for (const issuer of model.issuers) {
      if (issuer.profile === "rfc9068") continue;
      for (const { loss, help } of departuresOf(issuer)) {
        yield {
          at: issuer.profileAt,
          message: `the tokens of \`${issuer.name}\` ${loss}`,
          help,
        };
      }
    }
  },
};

interface Departure {
  /** Said of the tokens. */
  readonly loss: string;
  readonly help: string;
}

function departuresOf(issuer: IssuerModel): readonly Departure[] {
  const { types, requiredClaims, claimValues, names, maxLifetimeSeconds } = issuer;
  const lacks = (claim: string) => !requiredClaims.includes(claim);
  const departures: readonly (Departure & { readonly isHere: boolean })[] = [
    {
      isHere: types.some((type) => type !== "at+jwt") && claimValues.length === 0,
      loss: "are not told from its ID tokens and others for the same audience (RFC 9068, section 4)",
      help: "have the issuer write `typ: at+jwt`, say under `claimValues` what access tokens alone say, or see that this audience is for them alone",
    },
    {
      isHere: names.audience !== "aud",
      loss: `name by \`${names.audience}\` whom they are for, so those for other services may pass too`,
      help: "have the issuer write `aud`, or ask each route for a scope of this service",
    },
    {
      isHere: lacks(names.id),
      loss: "may have no id, by which records name one and revocation ends one",
      help: requires(names.id),
    },
    {
      isHere: lacks(names.client),
      loss: "may not say which client they were issued to, and no record does",
      help: requires(names.client),
    },
    {
      isHere: lacks("sub"),
      loss: "may have no subject",
      help: requires("sub"),
    },
    {
      isHere: lacks("iat"),
      loss: "may not say when they were issued, so `maxLifetime` counts from each use",
      help: requires("iat"),
    },
    {
      isHere: maxLifetimeSeconds === undefined,
      loss: "may be valid for any time",
      help: "write the longest time that the issuer gives, like `maxLifetime: 1h`",
    },
  ];
  return departures.filter(({ isHere }) => isHere);
}

function requires(claim: string): string {
  return `add \`${claim}\` to \`requiredClaims\` if the issuer writes it`;
}
