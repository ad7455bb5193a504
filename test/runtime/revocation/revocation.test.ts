import { createRevocations } from "@gatewright/runtime/revocations";
import type { Revocations } from "@gatewright/runtime/revocations";
import { createTokenVerifier } from "@gatewright/runtime/tokens";
import { afterEach, describe, expect, it } from "vitest";
import type { Members } from "../authenticate/token-forge.js";
import { ISSUER, NOW, createSigner, forge } from "../authenticate/token-forge.js";
import {
  credentialPolicy,
  openCredentialDesk,
  withAuthorization,
} from "../credentials/credential-desk.js";
import type { CredentialDesk } from "../credentials/credential-desk.js";

const signer = createSigner("HS256");
const keys = String(signer.jwk["k"]);
const snapshot = credentialPolicy({ more: "revocation: { store: memory }" });
const bearer = (claims: Members = {}) => withAuthorization(`Bearer ${forge(signer, { claims })}`);

describe("S11: what is revoked is refused at once", () => {
  let clock = NOW * 1000;
  let desk: CredentialDesk | undefined;
  const now = () => clock;
  const open = async (policy = snapshot) => {
    const revocations = createRevocations(policy, { now });
    desk = await openCredentialDesk({ snapshot: policy, keys, supplied: { revocations }, now });
    const { send } = desk;
    const statuses = async (...claims: readonly Members[]) =>
      (await send(...claims.map(bearer))).map(({ status }) => status);
    return { revocations, statuses };
  };
  afterEach(async () => {
    await desk?.close();
    desk = undefined;
    clock = NOW * 1000;
  });

  it("one token, with no word about why", async () => {
    const { revocations, statuses } = await open();
    expect(await statuses({ jti: "a" }, { jti: "b" })).toEqual([200, 200]);
    await revocations.revokeToken({ issuer: ISSUER, id: "a" });
    expect(await statuses({ jti: "a" }, { jti: "b" })).toEqual([401, 200]);
    const [answer] = (await desk?.send(bearer({ jti: "a" }))) ?? [];
    expect(answer?.headers.get("www-authenticate")).toBe(
      'Bearer realm="gatewright", error="invalid_token"',
    );
    expect(answer?.body).not.toContain("revoke");
    const records = await desk?.close();
    desk = undefined;
    expect(records?.map(({ cause }) => cause ?? null)).toEqual([
      null,
      null,
      "revoked",
      null,
      "revoked",
    ]);
  });

  it("without waiting for the promise", async () => {
    const { revocations, statuses } = await open();
    const promise = revocations.revokeToken({ issuer: ISSUER, id: "a" });
    expect(await statuses({ jti: "a" })).toEqual([401]);
    await promise;
  });

  it("all tokens of a session, whatever their ids", async () => {
    const { revocations, statuses } = await open();
    await revocations.revokeSession({ issuer: ISSUER, id: "s1" });
    const claims = [{ sid: "s1" }, { sid: "s1", jti: "b" }, { sid: "s2" }, {}, { sid: ["s1"] }];
    expect(await statuses(...claims)).toEqual([401, 401, 200, 200, 200]);
  });

  it("a session whose id is a number", async () => {
    const { revocations, statuses } = await open();
    await revocations.revokeSession({ issuer: ISSUER, id: "7" });
    expect(await statuses({ sid: 7 }, { sid: 8 })).toEqual([401, 200]);
  });

  it("a subject below an epoch, also tokens of the same second", async () => {
    const { revocations, statuses } = await open();
    await revocations.revokeSubject({ issuer: ISSUER, id: "u1", epoch: 4 });
    const epochs = [3, 4, 5, undefined, "4", 4.5, -1, null, [5], 2 ** 53];
    expect(await statuses(...epochs.map((epoch) => ({ epoch, iat: NOW })))).toEqual([
      401, 200, 200, 401, 401, 401, 401, 401, 401, 401,
    ]);
    expect(await statuses({ sub: "u2" })).toEqual([200]);
  });

  it("and an older epoch takes nothing back", async () => {
    const { revocations, statuses } = await open();
    await revocations.revokeSubject({ issuer: ISSUER, id: "u1", epoch: 4 });
    await revocations.revokeSubject({ issuer: ISSUER, id: "u1", epoch: 2 });
    expect(await statuses({ epoch: 3 }, { epoch: 4 })).toEqual([401, 200]);
    await revocations.revokeSubject({ issuer: ISSUER, id: "u1" });
    await revocations.revokeSubject({ issuer: ISSUER, id: "u1", epoch: 1 });
    expect(await statuses({ epoch: 9 })).toEqual([401]);
  });

  it("a tenant", async () => {
    const { revocations, statuses } = await open();
    await revocations.revokeTenant({ id: "north" });
    const claims = [{ org: "north" }, { org: "north", sub: "u2" }, { org: "south" }, {}];
    expect(await statuses(...claims)).toEqual([401, 401, 200, 200]);
  });

  it("of that issuer and kind alone", async () => {
    const { revocations, statuses } = await open();
    for (const id of ["t1", "s1", "u1", "north"]) {
      await revocations.revokeToken({ issuer: "https://other.example", id });
      await revocations.revokeSubject({ issuer: `${ISSUER}u`, id: id.slice(1) });
    }
    await revocations.revokeToken({ issuer: ISSUER, id: "u1" });
    await revocations.revokeSession({ issuer: ISSUER, id: "t1" });
    await revocations.revokeTenant({ id: "s1" });
    await revocations.revokeSubject({ issuer: ISSUER, id: "north" });
    expect(await statuses({ jti: "t1", sid: "s1", org: "north" })).toEqual([200]);
  });

  it("for as long as a token can live, and then the entry is dropped", async () => {
    const { revocations, statuses } = await open();
    await revocations.revokeSession({ issuer: ISSUER, id: "s1" });
    // `maxLifetime` is 900 seconds, `clockTolerance` 30 on either side.
    clock += 959_000;
    const late = { sid: "s1", iat: NOW + 950, exp: NOW + 1200 };
    expect(await statuses(late)).toEqual([401]);
    clock += 1000;
    expect(await statuses(late)).toEqual([200]);
  });

  it("by the claims that the policy names", async () => {
    const more = "revocation: { store: memory, session: [login, id], epoch: gen, tenant: shop }";
    const policy = credentialPolicy({ more, principal: "{ id: oid, roles: roles }" });
    const { revocations, statuses } = await open(policy);
    await revocations.revokeSession({ issuer: ISSUER, id: "s1" });
    await revocations.revokeSubject({ issuer: ISSUER, id: "o1", epoch: 1 });
    await revocations.revokeTenant({ id: "north" });
    const claims = [
      { oid: "o2", login: { id: "s1" } },
      { oid: "o1", gen: 0 },
      { oid: "o1", gen: 1 },
      { oid: "o2", shop: "north" },
      { oid: "o2", sid: "s1", sub: "o1" },
    ];
    expect(await statuses(...claims)).toEqual([401, 401, 200, 401, 200]);
  });

  it("and everything is refused where there is no room for one more", async () => {
    const policy = credentialPolicy({ more: "revocation: { store: memory, maxEntries: 2 }" });
    const { revocations, statuses } = await open(policy);
    for (const id of ["a", "b", "a"]) await revocations.revokeToken({ issuer: ISSUER, id });
    expect(await statuses({ jti: "a" }, { jti: "c" })).toEqual([401, 200]);
    clock += 60_000;
    await revocations.revokeToken({ issuer: ISSUER, id: "c" });
    expect(await statuses({ jti: "a" }, { jti: "c" }, { jti: "d" })).toEqual([401, 503, 503]);
    clock += 960_000;
    const later = { iat: NOW + 1000, exp: NOW + 1200 };
    expect(await statuses({ ...later, jti: "d" })).toEqual([200]);
  });

  it("and is no identity on a public route", async () => {
    const { revocations } = await open();
    await revocations.revokeToken({ issuer: ISSUER, id: "a" });
    const token = forge(signer, { claims: { jti: "a" } });
    await desk?.send(withAuthorization(`Bearer ${token}`, "/open"));
    const [record] = (await desk?.close()) ?? [];
    desk = undefined;
    expect(record).toMatchObject({ status: 200, decision: "allow", principal: null });
  });
});

const standing = () => NOW * 1000;

const openWith = (revocations?: Revocations) =>
  openCredentialDesk({ snapshot, keys, supplied: { revocations } });

describe("revocations of a policy", () => {
  it("need a policy that says so, and one that Redis keeps a client", () => {
    const redis = credentialPolicy({ more: "revocation: { store: redis }" });
    expect(() => createRevocations(credentialPolicy({}))).toThrow("no `revocation`");
    expect(() => createRevocations(redis)).toThrow("pass a `client`");
  });

  it("must be passed to the gate, and be those of its policy", async () => {
    await expect(openWith()).rejects.toThrow("pass `revocations`");
    const other = credentialPolicy({ more: "revocation: { store: memory, session: s }" });
    await expect(openWith(createRevocations(other))).rejects.toThrow("restart");
  });

  it("cannot be changed by a swap, which leaves the old policy in force", async () => {
    const revocations = createRevocations(snapshot, { now: () => NOW * 1000 });
    const desk = await openCredentialDesk({ snapshot, keys, supplied: { revocations } });
    await revocations.revokeToken({ issuer: ISSUER, id: "a" });
    const longer = credentialPolicy({ more: "revocation: { store: memory, keep: 1h }" });
    expect(() => desk.swap(longer)).toThrow("restart");
    desk.swap(
      credentialPolicy({ more: "revocation: { store: memory }\nrouter: { strict: true }" }),
    );
    const [refused] = await desk.send(bearer({ jti: "a" }));
    expect(refused?.status).toBe(401);
    await desk.close();
  });

  it("of a tenant need a claim that names it", async () => {
    const principal = "{ from: application }";
    const policy = credentialPolicy({ principal, more: "revocation: { store: memory }" });
    const revoke = createRevocations(policy).revokeTenant({ id: "north" });
    await expect(revoke).rejects.toMatchObject({ code: "configuration-invalid" });
  });

  it("hold outside of HTTP too, where bound tokens have no place", async () => {
    const environment = { KEYS: keys };
    const policy = credentialPolicy({
      token: "    dpop: allowed",
      more: "revocation: { store: memory }",
    });
    expect(() => createTokenVerifier(policy, { environment })).toThrow("pass `revocations`");
    const revocations = createRevocations(policy, { now: standing });
    const verify = createTokenVerifier(policy, { environment, now: standing, revocations });
    const token = forge(signer);
    expect((await verify(token)).claims).toMatchObject({ jti: "t1" });
    await revocations.revokeToken({ issuer: ISSUER, id: "t1" });
    await expect(verify(token)).rejects.toThrow("revoked");
    const bound = forge(signer, { claims: { jti: "t2", cnf: { jkt: "a" } } });
    await expect(verify(bound)).rejects.toThrow("claim:cnf");
    const strict = credentialPolicy({ token: "    dpop: required" });
    const verifyStrict = createTokenVerifier(strict, { environment, now: standing });
    await expect(verifyStrict(token)).rejects.toThrow("dpop:bearer");
  });

  it("take an epoch that can only grow", async () => {
    const revocations = createRevocations(snapshot);
    for (const epoch of [-1, 1.5, Number.NaN, 2 ** 53]) {
      const revoke = revocations.revokeSubject({ issuer: ISSUER, id: "u1", epoch });
      await expect(revoke).rejects.toMatchObject({ code: "configuration-invalid" });
    }
  });
});
