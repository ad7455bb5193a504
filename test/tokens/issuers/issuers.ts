import { AUDIENCE, NOW } from "../../runtime/authenticate/token-forge.js";
import type { Members } from "../../runtime/authenticate/token-forge.js";

/** What a well-known issuer writes, after its own documentation, and the policy that takes it. */
export interface IssuerFixture {
  readonly name: string;
  /** Members of an entry of `tokens`, without where the keys are. */
  readonly entry: string;
  readonly principal: string;
  /** Members beside `kid` of the keys that it publishes. */
  readonly key: Members;
  readonly header: Members;
  readonly access: Members;
  /** The ID token that comes with it. */
  readonly id: Members;
  /** Which claim betrays an ID token, even one for the same audience. */
  readonly telling: string;
  /** As the principal is to be read. */
  readonly expected: Members;
  readonly scope: readonly string[];
}

const times = { iat: NOW - 60, exp: NOW + 3540 };
const CLIENT = "7f3kq2d9s1";
const TENANT = "6a1c0f5e-2b7d-4f7e-9d53-0c8f1e2a4b6d";
const PERSON = "d5b0a6c4-8e1f-4a77-b9a2-3e6f7c1d2b90";

export const issuers: readonly IssuerFixture[] = [
  {
    name: "Auth0, its own profile",
    entry: `
    issuer: https://desk.eu.auth0.com/
    audience: https://orders.example/api
    algorithms: [RS256]
    profile: declared
    typ: [JWT]
    claims: { client: azp }
    requiredClaims: [sub, iat, azp, scope]
    maxLifetime: 24h`,
    principal: "{ id: sub, roles: permissions }",
    key: { use: "sig", alg: "RS256", x5t: "AAAA", x5c: ["AAAA"] },
    header: { alg: "RS256", typ: "JWT" },
    access: {
      iss: "https://desk.eu.auth0.com/",
      sub: "auth0|65f0c1",
      aud: ["https://orders.example/api", "https://desk.eu.auth0.com/userinfo"],
      ...times,
      azp: CLIENT,
      scope: "openid profile orders:read",
      permissions: ["clerk"],
    },
    id: {
      iss: "https://desk.eu.auth0.com/",
      sub: "auth0|65f0c1",
      aud: CLIENT,
      ...times,
      sid: "s-1",
      nonce: "n-1",
      name: "A Clerk",
    },
    telling: "azp",
    expected: { id: "auth0|65f0c1", roles: ["clerk"] },
    scope: ["openid", "profile", "orders:read"],
  },
  {
    name: "Auth0, the profile of RFC 9068",
    entry: `
    issuer: https://desk.eu.auth0.com/
    audience: https://orders.example/api
    algorithms: [RS256]
    maxLifetime: 24h`,
    principal: "{ id: sub, roles: permissions }",
    key: { use: "sig", alg: "RS256" },
    header: { alg: "RS256", typ: "at+jwt" },
    access: {
      iss: "https://desk.eu.auth0.com/",
      sub: "auth0|65f0c1",
      aud: "https://orders.example/api",
      ...times,
      client_id: CLIENT,
      jti: "Jr8b2wZk",
      scope: "orders:read",
      permissions: ["clerk"],
    },
    id: { iss: "https://desk.eu.auth0.com/", sub: "auth0|65f0c1", aud: CLIENT, ...times },
    telling: "client_id",
    expected: { id: "auth0|65f0c1", roles: ["clerk"] },
    scope: ["orders:read"],
  },
  {
    name: "Keycloak",
    entry: `
    issuer: https://login.example/realms/shop
    audience: ${AUDIENCE}
    algorithms: [RS256]
    profile: declared
    typ: [JWT, at+jwt]
    claims: { client: azp }
    requiredClaims: [sub, iat, jti, azp, scope]
    maxLifetime: 15m`,
    principal: "{ id: sub, roles: realm_access.roles }",
    key: { use: "sig", alg: "RS256", x5c: ["AAAA"], x5t: "AAAA", "x5t#S256": "AAAA" },
    header: { alg: "RS256", typ: "JWT" },
    access: {
      iss: "https://login.example/realms/shop",
      sub: PERSON,
      aud: [AUDIENCE, "account"],
      iat: NOW - 60,
      exp: NOW + 240,
      auth_time: NOW - 60,
      jti: "onrtac:5c9b7a1e",
      typ: "Bearer",
      azp: "web",
      sid: "6f1d",
      acr: "1",
      "allowed-origins": ["https://desk.example"],
      realm_access: { roles: ["clerk", "offline_access"] },
      resource_access: { account: { roles: ["view-profile"] } },
      scope: "openid email profile",
      preferred_username: "clerk",
    },
    id: {
      iss: "https://login.example/realms/shop",
      sub: PERSON,
      aud: "web",
      iat: NOW - 60,
      exp: NOW + 240,
      jti: "8d0a",
      typ: "ID",
      azp: "web",
      at_hash: "bQ3",
      sid: "6f1d",
      preferred_username: "clerk",
    },
    telling: "scope",
    expected: { id: PERSON, roles: ["clerk"] },
    scope: ["openid", "email", "profile"],
  },
  {
    name: "Microsoft Entra, v1.0",
    entry: `
    issuer: https://sts.windows.net/${TENANT}/
    audience: api://orders
    algorithms: [RS256]
    profile: declared
    typ: [JWT]
    claims: { id: uti, client: appid }
    requiredClaims: [sub, iat, uti, appid]
    ignoredHeaders: [x5t]
    maxLifetime: 2h`,
    principal: "{ id: oid, roles: roles, scopes: scp, tenant: tid }",
    key: { use: "sig", x5t: "AAAA", x5c: ["AAAA"] },
    header: { typ: "JWT", alg: "RS256", x5t: "nOo3ZDrODXEK1jKWhXslHR_KXEg" },
    access: {
      aud: "api://orders",
      iss: `https://sts.windows.net/${TENANT}/`,
      ...times,
      nbf: NOW - 60,
      acr: "1",
      aio: "AXQAi",
      amr: ["pwd"],
      appid: CLIENT,
      appidacr: "1",
      ipaddr: "192.0.2.7",
      oid: PERSON,
      rh: "0.AX",
      roles: ["clerk"],
      scp: "Orders.Read Orders.Write",
      sub: "oYc1",
      tid: TENANT,
      uti: "Zk3b",
      ver: "1.0",
    },
    id: {
      aud: CLIENT,
      iss: `https://sts.windows.net/${TENANT}/`,
      ...times,
      nbf: NOW - 60,
      oid: PERSON,
      sub: "oYc1",
      tid: TENANT,
      uti: "Yk2a",
      ver: "1.0",
    },
    telling: "appid",
    expected: { id: PERSON, roles: ["clerk"], tenant: TENANT },
    scope: ["Orders.Read", "Orders.Write"],
  },
  {
    name: "Microsoft Entra, v2.0",
    entry: `
    issuer: https://login.microsoftonline.com/${TENANT}/v2.0
    audience: 0b1c7d5e-5f0a-4c61-8f1f-2d9a3b4c5d6e
    algorithms: [RS256]
    profile: declared
    typ: [JWT]
    claims: { id: uti, client: azp }
    requiredClaims: [sub, iat, uti, azp]
    maxLifetime: 2h`,
    principal: "{ id: oid, roles: roles, scopes: scp, tenant: tid }",
    key: { use: "sig", x5t: "AAAA", x5c: ["AAAA"] },
    header: { typ: "JWT", alg: "RS256" },
    access: {
      aud: "0b1c7d5e-5f0a-4c61-8f1f-2d9a3b4c5d6e",
      iss: `https://login.microsoftonline.com/${TENANT}/v2.0`,
      ...times,
      nbf: NOW - 60,
      azp: CLIENT,
      azpacr: "1",
      oid: PERSON,
      roles: ["clerk"],
      scp: "Orders.Read",
      sub: "oYc1",
      tid: TENANT,
      uti: "Zk3b",
      ver: "2.0",
    },
    id: {
      aud: CLIENT,
      iss: `https://login.microsoftonline.com/${TENANT}/v2.0`,
      ...times,
      nbf: NOW - 60,
      oid: PERSON,
      sub: "oYc1",
      tid: TENANT,
      uti: "Yk2a",
      ver: "2.0",
    },
    telling: "azp",
    expected: { id: PERSON, roles: ["clerk"], tenant: TENANT },
    scope: ["Orders.Read"],
  },
  {
    name: "Amazon Cognito",
    entry: `
    issuer: https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Ab3dEf9hI
    audience: ${CLIENT}
    algorithms: [RS256]
    profile: declared
    typ: [absent]
    claims: { audience: client_id }
    requiredClaims: [sub, iat, jti, client_id, scope]
    claimValues: { token_use: access }
    maxLifetime: 24h`,
    principal: '{ id: sub, roles: { claim: ["cognito:groups"] } }',
    key: { use: "sig", alg: "RS256" },
    header: { alg: "RS256" },
    access: {
      iss: "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Ab3dEf9hI",
      sub: PERSON,
      "cognito:groups": ["clerk"],
      client_id: CLIENT,
      origin_jti: "3f9a",
      event_id: "64f5",
      token_use: "access",
      scope: "openid orders/read",
      auth_time: NOW - 60,
      ...times,
      jti: "5b2e",
      version: 2,
      username: "clerk",
    },
    id: {
      iss: "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Ab3dEf9hI",
      sub: PERSON,
      aud: CLIENT,
      "cognito:groups": ["clerk"],
      "cognito:username": "clerk",
      token_use: "id",
      auth_time: NOW - 60,
      ...times,
      jti: "6c3f",
      origin_jti: "3f9a",
      event_id: "64f5",
    },
    telling: "client_id",
    expected: { id: PERSON, roles: ["clerk"] },
    scope: ["openid", "orders/read"],
  },
  {
    name: "Okta, a custom authorization server",
    entry: `
    issuer: https://desk.okta.com/oauth2/default
    audience: api://default
    algorithms: [RS256]
    profile: declared
    typ: [absent]
    claims: { client: cid }
    requiredClaims: [sub, iat, jti, cid]
    maxLifetime: 24h`,
    principal: "{ id: uid, roles: groups, scopes: { claim: scp, format: list } }",
    key: { use: "sig", alg: "RS256" },
    header: { alg: "RS256" },
    access: {
      ver: 1,
      jti: "AT.0mP4JKAZX1iACIT4vbEDF7LpvDVjxypPMf0D7uX39RE",
      iss: "https://desk.okta.com/oauth2/default",
      aud: "api://default",
      ...times,
      cid: CLIENT,
      uid: "00u1b2c3",
      scp: ["openid", "orders:read"],
      auth_time: NOW - 60,
      sub: "clerk@desk.example",
      groups: ["clerk"],
    },
    id: {
      ver: 1,
      jti: "ID.4eAWJOCMB3SX8XewDfVR",
      iss: "https://desk.okta.com/oauth2/default",
      aud: CLIENT,
      ...times,
      sub: "00u1b2c3",
      amr: ["pwd"],
      idp: "00o1n8",
      auth_time: NOW - 60,
      at_hash: "pJ2r",
    },
    telling: "cid",
    expected: { id: "00u1b2c3", roles: ["clerk"] },
    scope: ["openid", "orders:read"],
  },
];
