import type { PolicyEntry, PolicyNode } from "../1-load/policy-document.js";
import { closest } from "../diagnostics/did-you-mean.js";
import type { Report } from "./mistake.js";
import type { ClaimValue } from "./authentication-model.js";
import type { IssuerModel, TokenProfile } from "./policy-model.js";
import { quoteText } from "./quote-text.js";
import { booleanOf, entriesOf, itemsOf, numberOf, textOf, textsOf, valueAt } from "./read-node.js";
import { byName } from "./sort-names.js";

/** What an issuer's tokens look like. */
export type ProfileModel = Pick<
  IssuerModel,
  "profile" | "profileAt" | "types" | "ignoredHeaders" | "requiredClaims" | "claimValues" | "names"
>;

/** RFC 9068, section 2.1: the type of a JWT access token. */
const ACCESS_TOKEN = "at+jwt";

/** RFC 9068, section 2.2, besides `iss` and `aud`, which every profile checks. */
const RFC9068_CLAIMS = ["client_id", "exp", "iat", "jti", "sub"] as const;

const profiles: readonly TokenProfile[] = ["rfc9068", "declared"];

/** In a list of types, a token without `typ`. */
const ABSENT = "absent";

export function resolveProfile(entry: PolicyEntry, report: Report): ProfileModel {
  const { value, keyAt } = entry;
  const node = valueAt(value, "profile");
  // Of a word that is no profile, or a key that was meant for it, a mistake is told already.
  const isKnown =
    node === undefined
      ? !entriesOf(value).some(({ key }) => closest(key, ["profile"]) !== undefined)
      : profiles.some((name) => name === textOf(node));
  const profile: TokenProfile = textOf(node) === "declared" ? "declared" : "rfc9068";
  const required = textsOf(valueAt(value, "requiredClaims"));
  const claimValues = resolveClaimValues(valueAt(value, "claimValues"));
  if (profile === "rfc9068") {
    if (isKnown) refuseDepartures(value, report);
    const requiredClaims = sorted([...RFC9068_CLAIMS, ...required]);
    const names = { id: "jti", client: "client_id", audience: "aud" };
    return {
      profile,
      profileAt: node?.at ?? keyAt,
      types: [ACCESS_TOKEN],
      ignoredHeaders: [],
      requiredClaims,
      claimValues,
      names,
    };
  }
  const names = valueAt(value, "claims");
  return {
    profile,
    profileAt: node?.at ?? keyAt,
    types: resolveTypes(entry, report),
    ignoredHeaders: sorted(textsOf(valueAt(value, "ignoredHeaders"))),
    requiredClaims: sorted(["exp", ...required]),
    claimValues,
    names: {
      id: textOf(valueAt(names, "id")) ?? "jti",
      client: textOf(valueAt(names, "client")) ?? "client_id",
      audience: textOf(valueAt(names, "audience")) ?? "aud",
    },
  };
}

/** Values of another kind are no mistake of this stage: the shape was validated. */
function resolveClaimValues(node: PolicyNode | undefined): readonly ClaimValue[] {
  const values = entriesOf(node).flatMap(({ key, value }): readonly ClaimValue[] => {
    const found = textOf(value) ?? numberOf(value) ?? booleanOf(value);
    return found === undefined ? [] : [{ name: key, value: found }];
  });
  return values.toSorted(byName);
}

/** What `rfc9068` settles, and only `declared` may say otherwise. */
function refuseDepartures(value: PolicyNode, report: Report): void {
  const typ = valueAt(value, "typ");
  const isOther = itemsOf(typ).some((item) => normalType(textOf(item) ?? "") !== ACCESS_TOKEN);
  const [first, ...others] = [
    ...(typ !== undefined && isOther ? [{ key: "typ", at: typ.at }] : []),
    ...entriesOf(value)
      .filter(({ key }) => key === "claims" || key === "ignoredHeaders")
      .map(({ key, keyAt }) => ({ key, at: keyAt })),
  ];
  if (first === undefined) return;
  report({
    code: "profile-settles",
    message: `the profile \`rfc9068\` settles \`${first.key}\``,
    at: first.at,
    help: "write `profile: declared` for an issuer whose access tokens have another form",
    related: others.map(({ key, at }) => ({ message: `it settles \`${key}\` too`, at })),
  });
}

function resolveTypes(entry: PolicyEntry, report: Report): readonly (string | null)[] {
  const node = valueAt(entry.value, "typ");
  const types = itemsOf(node).map((item) => {
    const text = normalType(textOf(item) ?? "");
    return text === ABSENT ? null : text;
  });
  if (types.length > 0 && types.every((type) => type === null || type.trim() !== ""))
    return [...new Set(types)].toSorted();
  report({
    code: "incomplete-token",
    message: `${quoteText(entry.key)} names no \`typ\` that its tokens have`,
    at: node?.at ?? entry.keyAt,
    help: "write them as the header carries them, as `typ: [JWT]`; `absent` stands for none",
  });
  return [];
}

/** RFC 7515, section 4.1.9: letter case and a leading `application/` say nothing. */
function normalType(typ: string): string {
  return typ.toLowerCase().replace(/^application\//, "");
}

function sorted(names: readonly string[]): readonly string[] {
  return [...new Set(names)].toSorted();
}
