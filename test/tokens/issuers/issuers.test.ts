import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compile } from "../../../generator/compile.js";
import { scopesIn } from "../../../runtime/scopes.js";
import { blocksOf, readPage } from "../../docs/read-page.js";
import { openKeyServer } from "../../runtime/authenticate/key-server.js";
import type { KeyServer } from "../../runtime/authenticate/key-server.js";
import { bearer, present, snapshotOf } from "../../runtime/authenticate/token-desk.js";
import { createSigner, forge } from "../../runtime/authenticate/token-forge.js";
import type { Members } from "../../runtime/authenticate/token-forge.js";
import { issuers } from "./issuers.js";

const signer = createSigner("RS256");
const page = readPage("docs/tokens-issuers.md");
const KID = "4b9xGk2MnWqO8ipUqkX3m3SOwjDqqIWzFdXmJYgBzFs=";

describe.each(issuers)(
  "$name",
  ({ entry, principal, key, header, access, id, telling, ...fixture }) => {
    let server: KeyServer;
    beforeAll(async () => {
      // Issuers publish other keys beside, for encryption and those of tomorrow.
      server = await openKeyServer(
        { ...createSigner("RS256").jwk, kid: "enc", use: "enc", alg: "RSA-OAEP" },
        { ...createSigner("RS256").jwk, kid: "next", use: "sig" },
        { ...signer.jwk, ...key, kid: KID },
      );
    });
    afterAll(async () => server.stop());

    const policy = () => `
tokens:
  vendor:${entry}
    keys: { url: "${server.url}" }
principal: ${principal}
`;
    const token = (claims: Members) =>
      bearer(
        forge(signer, {
          header: JSON.stringify({ ...header, kid: KID }),
          claims: JSON.stringify(claims),
        }),
      );

    it("has its access tokens accepted, with principal, tenant and scopes", async () => {
      const [outcome] = await present({ policy: policy() }, token(access));
      expect(outcome).toMatchObject({ status: 200, principal: fixture.expected });
      expect(outcome?.record.credential?.keyId).toBe(KID);
      expect(outcome?.record.credential?.clientId).toBe(
        access["azp"] ?? access["appid"] ?? access["cid"] ?? access["client_id"],
      );
      const { scopes } = snapshotOf(
        `${policy()}routes: { /scoped: { GET: { access: authenticated, scopes: x } } }`,
      ).principal;
      expect(scopes && scopesIn(access, scopes)).toEqual(fixture.scope);
    });

    it("has its ID tokens refused, also where they are for the same audience", async () => {
      const { aud, client_id: client } = access;
      const sameAudience = { ...id, aud: aud ?? client };
      const [ordinary, twin] = await present({ policy: policy() }, token(id), token(sameAudience));
      expect(ordinary?.status).toBe(401);
      expect(twin).toMatchObject({ status: 401, cause: expect.stringContaining("claim:") });
      expect(Object.hasOwn(id, telling)).toBe(false);
      expect(Object.hasOwn(access, telling)).toBe(true);
    });

    it("has tokens for others refused", async () => {
      const name = access["aud"] === undefined ? "client_id" : "aud";
      const [other] = await present({ policy: policy() }, token({ ...access, [name]: "other" }));
      expect(other).toMatchObject({ status: 401, cause: `claim:${name}` });
    });

    it("stands in the documentation with this policy", () => {
      const lines = entry.split("\n").map((line) => line.trim());
      for (const line of lines.filter((text) => !/^(issuer|audience):|^$/.test(text))) {
        expect(page).toContain(line);
      }
    });
  },
);

/** A policy that wants values of claims, with more lines for its issuer. */
function valuedPolicy(more: string): string {
  return `
tokens:
  vendor:
    issuer: https://id.example
    audience: desk
    algorithms: [RS256]
    keys: { environment: KEYS }
${more}
    claimValues: { token_use: access, ver: 2, email_verified: true }
`;
}

describe("a claim that must have a value", () => {
  it("has exactly this one, of its own type", async () => {
    const environment = { KEYS: JSON.stringify(signer.jwk) };
    const whole = { token_use: "access", ver: 2, email_verified: true };
    const changes = {
      token_use: ["id", "Access", "access ", ["access"], { access: 1 }, "", null, undefined, true],
      ver: ["2", 2.5, [2], true, undefined],
      email_verified: ["true", 1, false, undefined],
    };
    const faults = Object.entries(changes).flatMap(([name, values]) =>
      values.map((value) => [name, { ...whole, [name]: value }] as const),
    );
    const declared = "    profile: declared\n    typ: [at+jwt]";
    for (const more of ["", declared]) {
      const tokens = [whole, ...faults.map(([, claims]) => claims)].map((claims) =>
        bearer(forge(signer, { claims })),
      );
      const [good, ...others] = await present(
        { policy: valuedPolicy(more), environment },
        ...tokens,
      );
      expect(good?.status).toBe(200);
      expect(others.map(({ status, cause }) => [status, cause])).toEqual(
        faults.map(([name]) => [401, `claim:${name}`]),
      );
    }
  });

  it("tells Cognito's ID tokens apart, also where they name client and scope", async () => {
    const cognito = issuers.find(({ name }) => name.includes("Cognito"));
    if (cognito === undefined) throw new Error("no fixture");
    const { client_id: client, scope } = cognito.access;
    const policy = `
tokens:
  vendor:${cognito.entry}
    keys: { environment: KEYS }
`;
    const claims = JSON.stringify({ ...cognito.id, client_id: client, scope });
    const token = forge(signer, { header: JSON.stringify(cognito.header), claims });
    const environment = { KEYS: JSON.stringify(signer.jwk) };
    const [outcome] = await present({ policy, environment }, bearer(token));
    expect(outcome).toMatchObject({ status: 401, cause: "claim:token_use" });
  });
});

describe("an audience that another claim names", () => {
  it("is compared as `aud` is: texts, exactly", async () => {
    const cognito = issuers.find(({ name }) => name.includes("Cognito"));
    if (cognito === undefined) throw new Error("no fixture");
    const policy = `
tokens:
  vendor:${cognito.entry}
    keys: { environment: KEYS }
`;
    const environment = { KEYS: JSON.stringify(signer.jwk) };
    const client = cognito.access["client_id"];
    const values = [client, undefined, "", [], [[client]], `${String(client)}x`, 7];
    const tokens = values.map((value) => {
      const claims = JSON.stringify({ ...cognito.access, client_id: value });
      return bearer(forge(signer, { header: JSON.stringify(cognito.header), claims }));
    });
    const outcomes = await present({ policy, environment }, ...tokens);
    expect(outcomes.map(({ status }) => status)).toEqual([200, 401, 401, 401, 401, 401, 401]);
  });
});

describe("the page about issuers", () => {
  it.each(blocksOf(page, "yaml"))("has policies that compile, and are warned of: %#", (text) => {
    const { diagnostics } = compile([{ path: "policies/tokens.yaml", text }]);
    const found = diagnostics.filter(({ code }) => code !== "weak-token-profile");
    expect(found).toEqual([]);
  });
});
