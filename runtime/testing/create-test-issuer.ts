import { createHash, randomUUID } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, isAbsolute, join, sep } from "node:path";
import { SignJWT } from "jose";
import { expectedForm } from "../expected-form.js";
import { GateError } from "../gate-error.js";
import type { Gate, GateOptions, PrincipalSourceFor } from "../gate-types.js";
import { writePrincipal } from "../issuer/principal-claims.js";
import type { PolicyTypes } from "../policy-types.js";
import { readIdentified, readPrincipal } from "../principal.js";
import type { ApplicationPrincipal, Identity, PrincipalReading } from "../principal.js";
import { createRingKey } from "../ring/create-ring-key.js";
import type { KeyRing } from "../ring/key-ring.js";
import { addKey } from "../ring/lifecycle.js";
import { openKeyRing } from "../ring/open-ring.js";
import { ringDefaults } from "../ring/ring-document.js";
import type { RingAlgorithm } from "../ring/ring-document.js";
import { withScopes } from "../scopes.js";
import { loadSnapshot } from "../snapshot.js";
import type { Snapshot } from "../snapshot.js";
import type {
  SerializedIssuer,
  SerializedKeySource,
  SerializedSnapshot,
} from "../snapshot-format.js";
import { createTestKey, printKeys } from "./create-test-key.js";
import type { TestKey } from "./create-test-key.js";

/** Whom a test calls as. */
export interface TestPrincipal<P extends PolicyTypes> {
  /** `test-user` by default. */
  readonly id?: string;
  /** None by default. */
  readonly roles?: readonly P["role"][];
  readonly tenant?: string;
  /** The claims that the policy declares under `principal.claims`; one that is not optional must be here. */
  readonly claims?: P["principal"] extends { readonly claims: infer Claims }
    ? Partial<Claims>
    : Readonly<Record<string, never>>;
  /** None by default. */
  readonly scopes?: readonly string[];
  /** Name of the issuer under `tokens`; the first by default. */
  readonly issuer?: string;
  /** Seconds until the token ends, below zero for one that has; 300 by default. */
  readonly expiresIn?: number;
  /** Further claims of the token, such as `acr` and `auth_time`; they replace what the rest says. */
  readonly token?: Readonly<Record<string, unknown>>;
}

/** A caller with a token that the gate accepts. */
export interface TestCaller<P extends PolicyTypes> {
  /** What the gate makes of the token, for a handler that is called without a request. */
  readonly principal: P["principal"];
  readonly token: string;
  /** For an HTTP client, as `request(app).get("/orders").set(caller.headers)`. */
  readonly headers: { readonly Authorization: string };
}

/** Issuers with keys of their own, for one test or several. */
export interface TestIssuer<P extends PolicyTypes> {
  /**
   * For `createGate`: keys, and a folder of its own for the audit file; and for a policy that takes the
   * principal from the application, a source that knows the callers of `asPrincipal`.
   */
  readonly options: GateOptions &
    (P["principalFrom"] extends "application"
      ? { readonly principalSource: PrincipalSourceFor<P> }
      : { readonly principalSource?: never });
  /**
   * Signs a token for a caller.
   *
   * @throws GateError `configuration-invalid` where the policy would not accept it, with the claim that is wrong.
   */
  asPrincipal(who: TestPrincipal<P>): Promise<TestCaller<P>>;
  /**
   * Has a gate verify with these keys also where the policy names files or addresses, which no test should
   * need. Returns the gate.
   */
  adopt(gate: Gate<P>): Gate<P>;
  /** Removes the folder. Shut the gate down first. */
  close(): Promise<void>;
}

const DEFAULT_ID = "test-user";
const DEFAULT_LIFETIME_SECONDS = 300;

/**
 * Issuers that stand for those of the policy, with keys that were made for this one.
 *
 * @throws GateError `configuration-invalid` for a policy that accepts no tokens.
 * @example
 * const issuer = await createTestIssuer<Policy>(snapshot);
 * const gate = issuer.adopt(createGate(issuer.options));
 * const clerk = await issuer.asPrincipal({ roles: ["clerk"], tenant: "north" });
 * await fetch(`${address}/orders`, { headers: clerk.headers });
 */
export async function createTestIssuer<P extends PolicyTypes>(
  snapshot: SerializedSnapshot,
): Promise<TestIssuer<P>> {
  const keys = await Promise.all(snapshot.issuers.map(createTestKey));
  const adopted = withKeys(snapshot, keys);
  const loaded = loadSnapshot(adopted);
  const cwd = await mkdtemp(join(tmpdir(), "gatewright-test-"));
  await writeKeyFiles(cwd, keys);
  const isSupplied = snapshot.principal.from === "application";
  const callers = new Map<unknown, ApplicationPrincipal>();
  const principalSource = ({ subject }: Identity) => callers.get(subject) ?? null;
  const environment = Object.fromEntries(
    keys.map(({ variable }) => [
      variable,
      printKeys(keys.filter((other) => other.variable === variable)),
    ]),
  );
  return {
    // The snapshot and the types come from one policy.
    options: {
      cwd,
      environment,
      rings: standInRings(keys),
      ...(isSupplied ? { principalSource } : {}),
    } as unknown as TestIssuer<P>["options"],
    async asPrincipal(who) {
      const { issuer: name = keys[0]?.issuer.name, id = DEFAULT_ID, roles = [], tenant } = who;
      const key = keys.find(({ issuer }) => issuer.name === name);
      if (key === undefined) throw misuse(`the policy has no issuer ${name ?? "at all"}`);
      const supplied = { id, roles, tenant, claims: who.claims ?? {} };
      callers.set(id, supplied);
      const claims = claimsOf(snapshot, key.issuer, who);
      const { issuer } = key.issuer;
      const reading = isSupplied
        ? readIdentified(loaded, supplied, { issuer, id })
        : readPrincipal(loaded, claims, issuer);
      const principal = principalIn<P>(loaded, withScopes(loaded, claims, reading));
      const token = await sign(key, claims);
      return { principal, token, headers: { Authorization: `Bearer ${token}` } };
    },
    adopt(gate) {
      gate.swap(adopted);
      return gate;
    },
    close: () => rm(cwd, { recursive: true, force: true }),
  };
}

/** Gates open the rings of their policy before they adopt other keys. */
function standInRings(keys: readonly TestKey[]): Readonly<Record<string, KeyRing>> {
  const rings = keys.flatMap(({ issuer, algorithm }) => {
    const { keys: source, maxLifetimeSeconds } = issuer;
    if (source.kind !== "ring") return [];
    const { strategy, sliceSeconds } = source;
    const alg = strategy === "global" ? (algorithm as RingAlgorithm) : "HKDF-SHA512";
    const lifetime = maxLifetimeSeconds === null ? {} : { maxLifetimeSeconds };
    const document = { ...ringDefaults, strategy, sliceSeconds, ...lifetime };
    const filled = addKey(document, createRingKey(alg), 0);
    return [[issuer.name, openKeyRing({ text: JSON.stringify(filled) })] as const];
  });
  return Object.fromEntries(rings);
}

/** Below the folder; a file elsewhere is the machine's own, and no test writes there. */
async function writeKeyFiles(cwd: string, keys: readonly TestKey[]): Promise<void> {
  for (const { issuer } of keys) {
    const { kind, place } = issuer.keys;
    const path = join(cwd, place);
    if (kind !== "file" || isAbsolute(place) || !path.startsWith(cwd + sep)) continue;
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, printKeys(keys.filter((other) => other.issuer.keys.place === place)));
  }
}

/** The same policy with the keys of its issuers in the environment, or at an address that holds them itself. */
function withKeys(snapshot: SerializedSnapshot, keys: readonly TestKey[]): SerializedSnapshot {
  const { digest: _, ...body } = snapshot;
  // A nested token would need a ring to be opened; what is asked of its claims is the same.
  const issuers = keys.map((key) => {
    const { encryption: _encryption, ...issuer } = key.issuer;
    return { ...issuer, keys: ownSource(key) };
  });
  const changed = { ...body, issuers };
  const digest = createHash("sha256").update(JSON.stringify(changed)).digest("hex");
  const { abi, ...rest } = changed;
  return { abi, digest: `sha256:${digest}`, ...rest };
}

/** Of a kind that the generated code loads. */
function ownSource(key: TestKey): SerializedKeySource {
  if (key.issuer.keys.kind !== "url") return { kind: "environment", place: key.variable };
  return { kind: "url", place: `data:application/json,${encodeURIComponent(printKeys([key]))}` };
}

/** Where the policy looks for them. */
function claimsOf<P extends PolicyTypes>(
  { principal }: SerializedSnapshot,
  issuer: SerializedIssuer,
  who: TestPrincipal<P>,
): Readonly<Record<string, unknown>> {
  const { id = DEFAULT_ID } = who;
  const token: Record<string, unknown> = { sub: id };
  for (const name of issuer.requiredClaims) token[name] ??= randomUUID();
  for (const { name, value } of issuer.claimValues ?? []) token[name] = value;
  writePrincipal(token, principal, { ...who, id });
  const now = Math.floor(Date.now() / 1000);
  const lifetime = who.expiresIn ?? DEFAULT_LIFETIME_SECONDS;
  // What has ended has ended for a gate whose clock may be slow.
  const exp = lifetime > 0 ? now + lifetime : now + lifetime - issuer.clockToleranceSeconds;
  return {
    ...token,
    iss: issuer.issuer,
    aud: issuer.audience[0],
    iat: Math.min(now, exp),
    exp,
    ...who.token,
  };
}

function sign(
  { key, algorithm, issuer, kid }: TestKey,
  claims: Readonly<Record<string, unknown>>,
): Promise<string> {
  const [typ] = issuer.types;
  return new SignJWT(claims)
    .setProtectedHeader({ alg: algorithm, kid, ...(typ && { typ }) })
    .sign(key);
}

function principalIn<P extends PolicyTypes>(
  snapshot: Snapshot,
  reading: PrincipalReading,
): P["principal"] {
  if (!reading.ok) {
    const form = expectedForm(snapshot, reading.claim);
    throw misuse(`\`${reading.claim}\` of the principal is not ${form}`);
  }
  if (reading.unknownRoles.length > 0) {
    throw misuse(`the policy has no role \`${reading.unknownRoles.join("`, `")}\``);
  }
  // The snapshot and the types come from one policy.
  return reading.principal as unknown as P["principal"];
}

function misuse(message: string): GateError {
  return new GateError("configuration-invalid", message);
}
