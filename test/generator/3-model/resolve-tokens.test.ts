import { describe, expect, it } from "vitest";
import { buildModel } from "../../../generator/3-model/build-model.js";
import { documentOf } from "../documents-of.js";

const whole = {
  issuer: "https://id.example",
  audience: "desk",
  algorithms: ["ES256"],
  keys: { environment: "DESK_KEYS" },
};

function build(tokens: Readonly<Record<string, object>>) {
  return buildModel([documentOf(JSON.stringify({ gatewright: 1, tokens }))]);
}

function codes(more: object) {
  return build({ desk: { ...whole, ...more } }).diagnostics.map((diagnostic) => diagnostic.code);
}

describe("resolveTokens", () => {
  it("fills in the defaults", () => {
    expect(build({ desk: whole }).model?.issuers).toMatchObject([
      {
        name: "desk",
        issuer: "https://id.example",
        audience: ["desk"],
        algorithms: ["ES256"],
        keys: { kind: "environment", place: "DESK_KEYS" },
        profile: "rfc9068",
        types: ["at+jwt"],
        requiredClaims: ["client_id", "exp", "iat", "jti", "sub"],
        claimValues: [],
        names: { id: "jti", client: "client_id", audience: "aud" },
        clockToleranceSeconds: 30,
        maxLifetimeSeconds: undefined,
      },
    ]);
  });

  it("keeps what is given, sorted", () => {
    const more = { audience: ["b", "a"], algorithms: ["RS256", "Ed25519", "EdDSA"] };
    const keys = { url: "http://localhost:8080/jwks" };
    const given = {
      ...whole,
      ...more,
      keys,
      profile: "declared",
      typ: ["application/JWT", "absent", "jwt"],
      claims: { id: "uti", client: "azp", audience: "client_id" },
      ignoredHeaders: ["x5t"],
      requiredClaims: ["jti", "azp"],
      claimValues: { ver: 2, token_use: "access", verified: true },
      clockTolerance: "60s",
      maxLifetime: "15m",
    };
    expect(build({ desk: given }).model?.issuers).toMatchObject([
      {
        audience: ["a", "b"],
        algorithms: ["Ed25519", "EdDSA", "RS256"],
        keys: { kind: "url", place: "http://localhost:8080/jwks" },
        profile: "declared",
        types: ["jwt", null],
        ignoredHeaders: ["x5t"],
        names: { id: "uti", client: "azp", audience: "client_id" },
        requiredClaims: ["azp", "exp", "jti"],
        claimValues: [
          { name: "token_use", value: "access" },
          { name: "ver", value: 2 },
          { name: "verified", value: true },
        ],
        clockToleranceSeconds: 60,
        maxLifetimeSeconds: 900,
      },
    ]);
  });

  it.each([
    [{ issuer: " " }, "incomplete-token"],
    [{ audience: [] }, "incomplete-token"],
    [{ algorithms: [] }, "incomplete-token"],
    [{ keys: {} }, "bad-keys"],
    [{ keys: { file: "a", url: "https://b.example" } }, "bad-keys"],
    [{ algorithms: ["none"] }, "unknown-algorithm"],
    [{ algorithms: ["HS256", "ES256"] }, "mixed-algorithms"],
    [{ algorithms: ["HS256"], keys: { file: "key.txt" } }, "shared-secret-source"],
    [{ algorithms: ["HS256"], keys: { url: "https://b.example" } }, "shared-secret-source"],
    [{ keys: { url: "http://id.example/jwks" } }, "bad-key-url"],
    [{ keys: { url: "http://localhost.evil.example/" } }, "bad-key-url"],
    [{ keys: { url: "ftp://id.example/" } }, "bad-key-url"],
    [{ keys: { file: "" } }, "bad-key-file"],
    [{ typ: "JWT" }, "profile-settles"],
    [{ profile: "rfc9068", claims: { client: "azp" } }, "profile-settles"],
    [{ profile: "declared" }, "incomplete-token"],
    [{ profile: "declared", typ: [] }, "incomplete-token"],
    [{ profile: "declared", typ: ["JWT", " "] }, "incomplete-token"],
    [{ maxLifetime: "0s" }, "bad-lifetime"],
    [{ maxLifetime: "1w" }, "bad-lifetime"],
    [{ maxLifetime: 15 }, "bad-lifetime"],
    [{ clockTolerance: "61s" }, "bad-clock-tolerance"],
    [{ clockTolerance: "2m" }, "bad-clock-tolerance"],
    [{ clockTolerance: 30 }, "bad-clock-tolerance"],
  ])("refuses %j", (more, code) => {
    expect(codes(more)).toEqual([code]);
  });

  it.each([
    { environment: "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA" },
    { environment: "0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF" },
    { environment: "A0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF" },
    { environment: "correct horse battery staple" },
    { file: "-----BEGIN PRIVATE KEY-----\nMIG=" },
    { file: '{"kty":"oct","k":"c2VjcmV0"}' },
    { url: "https://user:hunter2@id.example/jwks" },
  ])("takes %j for a secret and does not repeat it", (keys) => {
    const { diagnostics } = build({ desk: { ...whole, keys } });
    expect(diagnostics.map((diagnostic) => diagnostic.code)).toEqual(["literal-secret"]);
    const said = JSON.stringify(diagnostics.map(({ message, help }) => [message, help]));
    for (const secret of Object.values(keys)) expect(said).not.toContain(secret.slice(0, 12));
  });

  it("refuses two entries for one issuer", () => {
    const { diagnostics } = build({ desk: whole, shop: { ...whole, audience: "shop" } });
    expect(diagnostics).toMatchObject([{ code: "duplicate-issuer", related: [{}] }]);
  });

  it("demands tokens for a guarded route, once, at the first", () => {
    const text = "routes: {/z: {GET: authenticated}, /a: {GET: authenticated, POST: public}}";
    const { diagnostics } = buildModel([documentOf(text)]);
    expect(diagnostics).toMatchObject([{ code: "no-tokens", at: { start: text.indexOf("GET") } }]);
    expect(buildModel([documentOf("routes: {/a: {POST: public}}")]).diagnostics).toEqual([]);
  });
});
