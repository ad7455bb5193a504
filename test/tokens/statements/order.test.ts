import { afterEach, describe, expect, it, vi } from "vitest";
import { mounted } from "../../agreement/listeners.js";
import { serveGate, serveOnce } from "../../agreement/serve-gate.js";
import { snapshotWith, tokens } from "../../gate/gate-policy.js";
import { bearer, present } from "../../runtime/authenticate/token-desk.js";
import type { Outcome } from "../../runtime/authenticate/token-desk.js";
import {
  NOW,
  claimsWith,
  createSigner,
  encode,
  forge,
} from "../../runtime/authenticate/token-forge.js";
import { deskFor, ec, headed, secret } from "./verdicts.js";

// The statements V20, V21 and V24: what comes before what, and what a caller is told.

const desk = deskFor(secret);

afterEach(() => {
  vi.restoreAllMocks();
});

describe("V20 the signature is checked before any claim is read", () => {
  it("where it does not hold, the claims are not even decoded", async () => {
    const stranger = createSigner("HS256");
    const faults = [{ exp: NOW - 999 }, { aud: "other" }, { iss: 1 }, { sub: "" }, { roles: 7 }];
    const forged = faults.map((claims) => forge(stranger, { claims }));
    const decode = vi.spyOn(Buffer, "from");
    const outcomes = await present(desk, ...forged.map(bearer));
    expect(outcomes.map(({ cause }) => cause)).toEqual(faults.map(() => "signature"));
    const payloads = new Set(forged.map((token) => token.split(".")[1]));
    const read = decode.mock.calls.filter((given: readonly unknown[]) => {
      return payloads.has(String(given[0]));
    });
    expect(read).toEqual([]);
  });

  it("of what may be the only claim before it, `iss` among several issuers, nothing is believed", async () => {
    const policy = `${desk.policy.trim().replace(/\nprincipal.*/, "")}
  other: { issuer: "https://other.example", audience: desk, algorithms: [ES256], keys: { environment: OTHER } }
`;
    const environment = { ...desk.environment, OTHER: JSON.stringify(ec.jwk) };
    const token = forge(createSigner("ES256"), { claims: { iss: "https://other.example" } });
    const [outcome] = await present({ policy, environment }, bearer(token));
    expect(outcome).toMatchObject({ status: 401, cause: "signature" });
    expect(outcome?.record.principal).toBeNull();
  });
});

/** All that a client and an operator see, apart from ids and times. */
function seenOf({ status, response, record }: Outcome) {
  const { instance: _, ...problem } = JSON.parse(response.body);
  const headers = [...response.headers].filter(([name]) => name !== "date");
  // As far as a signature held, the record names the token as well: see H10.
  const members = Object.keys(record).filter((name) => name !== "credential");
  return { status, problem, headers, members: members.toSorted() };
}

describe("V21 every fault of a token takes the same way out", () => {
  it("one status, one body, one challenge, one form of record", async () => {
    const faults = [
      "x",
      forge(createSigner("HS256")),
      forge(ec),
      forge(secret, { header: { typ: "JWT" } }),
      forge(secret, { header: { kid: "" } }),
      forge(secret, { header: { crit: ["x"] } }),
      forge(secret, { claims: { exp: NOW - 999 } }),
      forge(secret, { claims: { aud: "other" } }),
      forge(secret, { claims: { iss: "https://other.example" } }),
      forge(secret, { claims: { roles: 7 } }),
      `${headed({ alg: "none" })}.${encode(JSON.stringify(claimsWith()))}.AAAA`,
    ];
    const outcomes = await present(desk, ...faults.map(bearer));
    const [first, ...others] = outcomes.map(seenOf);
    expect(first).toMatchObject({ status: 401, problem: { title: "Invalid token" } });
    for (const other of others) expect(other).toEqual(first);
    // Only the record says which it was.
    expect(new Set(outcomes.map(({ cause }) => cause)).size).toBe(faults.length - 1);
  });
});

const stepUps = snapshotWith(`
routes:
  /export: { GET: { permissions: orders.read, stepUp: { acr: ["urn:mfa", "urn:hwk"], maxAge: 5m } } }
`);
/** By the clock that the tokens here are made by. */
const seconds = Math.floor(Date.now() / 1000);

async function exporting(claims: Readonly<Record<string, unknown>>) {
  const headers = await tokens.authorize(["clerk"], claims);
  const served = serveGate(stepUps, tokens.environment, (gate) => mounted(gate, stepUps), {
    now: () => seconds * 1000,
  });
  const { responses } = await serveOnce(served, [{ method: "GET", target: "/export", headers }]);
  return [responses[0]?.status, responses[0]?.headers.get("www-authenticate")];
}

describe("V24 step-up", () => {
  const challenge =
    'Bearer realm="gatewright", error="insufficient_user_authentication", ' +
    'acr_values="urn:mfa urn:hwk", max_age=300';

  it.each([
    ["a stale sign-in", { acr: "urn:mfa", auth_time: seconds - 301 }],
    ["a weak sign-in", { acr: "urn:pwd", auth_time: seconds }],
    ["no sign-in", {}],
    ["a sign-in still to come", { acr: "urn:mfa", auth_time: seconds + 1 }],
    ["a sign-in told in milliseconds", { acr: "urn:mfa", auth_time: seconds * 1000 }],
  ])("%s is 401 with what is needed", async (_, claims) => {
    expect(await exporting(claims)).toEqual([401, challenge]);
  });

  it("a strong and recent sign-in passes", async () => {
    expect(await exporting({ acr: "urn:hwk", auth_time: seconds - 300 })).toEqual([200, undefined]);
  });
});
