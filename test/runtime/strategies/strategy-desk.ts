import { randomBytes } from "node:crypto";
import type { CredentialReader } from "@gatewright/runtime";
import { createOpaqueTokens, createStaticToken } from "@gatewright/runtime/opaque";
import type { OpaqueTokens, OpaqueTokenStore } from "@gatewright/runtime/opaque";
import { createMemoryStore } from "@gatewright/runtime/stores/memory";
import type { RawRequest } from "../../agreement/raw-client.js";
import { openDesk } from "../authenticate/token-desk.js";
import type { DeskOptions, Outcome, TokenDesk } from "../authenticate/token-desk.js";
import { AUDIENCE, createSigner, forge, NOW } from "../authenticate/token-forge.js";

export const pepper = randomBytes(32).toString("base64url");
export const otherPepper = randomBytes(32).toString("base64url");
export const signer = createSigner("HS256");
export const otherSigner = createSigner("HS256");

/** Tokens of the allow lists, by the names that they have there. */
export const machine = createStaticToken(pepper);
export const expiringMachine = createStaticToken(pepper);
export const strayMachine = createStaticToken(pepper);
export const backupMachine = createStaticToken(otherPepper);

export const now = () => NOW * 1000;

/** Two issuers, one strategy of each kind and one more, and a route for each. */
export const strategyPolicy = strategyPolicyWith({});

export function strategyPolicyWith({ store = "memory" }: { readonly store?: string }): string {
  const expires = new Date(NOW * 1000).toISOString().replace(".000Z", "Z");
  return `
tokens:
${issuer("id", "KEYS")}
${issuer("other", "OTHER_KEYS")}
principal: { roles: roles, claims: { level: { type: int, optional: true } } }
authentication:
  default: users
  strategies:
    users: { tokens: id }
    guests: { tokens: other }
    everybody: { tokens: "*" }
    sessions: { opaque: { store: ${store}, pepper: { environment: PEPPER } } }
    devices: { opaque: { store: ${store}, pepper: { environment: PEPPER } } }
    machines:
      allowList:
        pepper: { environment: PEPPER }
        tokens:
          ${listed("bot", machine.digest)}
          ${listed("old", expiringMachine.digest, `, expires: "${expires}"`)}
    backups:
      allowList: { pepper: { file: pepper.txt }, tokens: { ${listed("backup", backupMachine.digest)} } }
    partners: { application: { header: X-Api-Key } }
    badges: { application: true }
routes:
  /guests: { authentication: guests, GET: orders.read }
  /everybody: { authentication: everybody, GET: orders.read }
  /sessions: { authentication: sessions, GET: orders.read, /all: { GET: { access: authenticated, authentication: [users, sessions, machines, partners] } } }
  /devices: { authentication: devices, GET: orders.read }
  /machines: { authentication: [machines], GET: orders.read, /open: { GET: { access: public, identity: optional } } }
  /backups: { authentication: backups, GET: orders.read }
  /partners: { authentication: partners, GET: orders.read }
  /badges: { authentication: badges, GET: orders.read }
`;
}

/** A key that the application's authenticators know, and what they answer to others. */
export const partnerKey = "partner-key-0123456789";

/** Answers for itself alone, by one header. */
export function readerOf(header: string): CredentialReader {
  return ({ headers }, call) => {
    const given = headers[header];
    if (given === undefined) return null;
    if (given === "late") return { claims: { sub: "p1" }, expiresAt: call.now };
    if (given === "misfit")
      return { claims: { sub: "p1", level: "high" }, expiresAt: call.now + 1 };
    if (given === "broken") throw new Error("the directory is away");
    if (given !== partnerKey) return "refused";
    const claims = { sub: "p1", roles: ["clerk"], route: call.route };
    return { claims, expiresAt: call.now + 60_000 };
  };
}

function issuer(name: string, keys: string): string {
  return `  ${name}: { issuer: "https://${name}.example", audience: ${AUDIENCE}, algorithms: [HS256], keys: { environment: ${keys} } }`;
}

function listed(name: string, digest: string, more = ""): string {
  const claims = `{ sub: ${name}, roles: [clerk], deep: { list: [1, true, null] } }`;
  return `${name}: { digest: "${digest}", claims: ${claims}${more} }`;
}

export interface StrategyDesk {
  readonly desk: TokenDesk;
  readonly store: OpaqueTokenStore;
  readonly sessions: OpaqueTokens;
  readonly devices: OpaqueTokens;
}

export async function openStrategyDesk(changes: Partial<DeskOptions> = {}): Promise<StrategyDesk> {
  const { sessions: store = createMemoryStore({ now }), devices = store } =
    changes.tokenStores ?? {};
  const desk = await openDesk({
    policy: strategyPolicyWith({ store: store.kind }),
    environment: {
      KEYS: String(signer.jwk["k"]),
      OTHER_KEYS: String(otherSigner.jwk["k"]),
      PEPPER: pepper,
    },
    files: { "pepper.txt": `${otherPepper}\n` },
    authenticators: { partners: readerOf("x-api-key"), badges: readerOf("x-badge") },
    now,
    ...changes,
    tokenStores: { sessions: store, devices },
  });
  const opened = { store, pepper, now };
  return {
    desk,
    store,
    sessions: createOpaqueTokens({ ...opened, strategy: "sessions" }),
    devices: createOpaqueTokens({ ...opened, strategy: "devices" }),
  };
}

/** A JWT of the first issuer, or of the second. */
export function jwtOf(name: "id" | "other", claims: object = {}): string {
  const iss = `https://${name}.example`;
  return forge(name === "id" ? signer : otherSigner, { claims: { iss, ...claims } });
}

export function get(target: string, headers: Readonly<Record<string, string>> = {}): RawRequest {
  return { method: "GET", target, headers };
}

export function withBearer(target: string, token: string): RawRequest {
  return get(target, { Authorization: `Bearer ${token}` });
}

export function summaryOf({ status, cause, record }: Outcome) {
  return [status, record.reason, cause];
}
