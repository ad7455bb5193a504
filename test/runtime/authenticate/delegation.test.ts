import { describe, expect, it } from "vitest";
import { bearer, issuerPolicy, openDesk, present, snapshotOf } from "./token-desk.js";
import { ISSUER, createSigner, forge } from "./token-forge.js";
import type { Members } from "./token-forge.js";

const signer = createSigner("HS256");
const environment = { KEYS: String(signer.jwk["k"]) };

/** A policy that says of actors what the text says; nothing where it is empty. */
function desk(actor: string, more = "") {
  const principal = `principal: { roles: roles${actor === "" ? "" : `, actor: ${actor}`} }`;
  const policy = issuerPolicy("HS256").replace("principal: { roles: roles }", principal);
  return { policy: `${policy}${more}`, environment };
}

/** DELETE /orders, which only a boss may. */
function cancel(roles: readonly string[], act?: unknown) {
  const claims: Members = { roles, ...(act === undefined ? {} : { act }) };
  return {
    method: "DELETE",
    target: "/orders",
    headers: { Authorization: bearer(forge(signer, { claims })) },
  };
}

const boss = { sub: "service", roles: ["boss"] };
const clerk = { sub: "service", roles: ["clerk"] };

describe("a token with an actor", () => {
  it("is refused by a policy that says nothing of actors", async () => {
    const outcomes = await present(desk(""), cancel(["boss"], boss), cancel(["boss"]));
    expect(outcomes.map(({ status, cause }) => [status, cause])).toEqual([
      [401, "claim:act"],
      [200, undefined],
    ]);
  });

  it("may do what subject and actor both may", async () => {
    const outcomes = await present(
      desk("{}"),
      cancel(["boss"], boss),
      cancel(["boss"], clerk),
      cancel(["clerk"], boss),
      cancel(["boss"], { sub: "service" }),
      cancel(["boss"]),
    );
    expect(outcomes.map(({ status, cause }) => [status, cause])).toEqual([
      [200, undefined],
      [403, "actor"],
      [403, undefined],
      [403, "actor"],
      [200, undefined],
    ]);
  });

  it("may do what the subject may where the policy says so", async () => {
    const outcomes = await present(
      desk("{ permissions: subject }"),
      cancel(["boss"], { sub: "service" }),
      cancel(["clerk"], boss),
    );
    expect(outcomes.map(({ status }) => status)).toEqual([200, 403]);
  });

  it("stands in the record beside its subject, and in the principal", async () => {
    const [outcome] = await present(desk("{}"), cancel(["boss"], { ...boss, iss: "https://sts" }));
    const actor = { id: "service", issuer: "https://sts", roles: ["boss"] };
    expect(outcome?.record.principal).toEqual({ id: "u1", issuer: ISSUER, roles: ["boss"], actor });
    expect(outcome?.principal).toMatchObject({ id: "u1", actor });
  });

  it("is acted for by the outermost of a chain", async () => {
    const [outcome] = await present(
      desk("{}"),
      cancel(["boss"], { ...clerk, act: { sub: "another", roles: ["boss"] } }),
    );
    expect(outcome).toMatchObject({ status: 403, cause: "actor" });
    expect(outcome?.record.principal?.actor).toMatchObject({ id: "service", roles: ["clerk"] });
  });

  it("names it by the claims that the policy says", async () => {
    const [outcome] = await present(
      desk("{ id: client_id, roles: { claim: grants.names, format: space-separated } }"),
      cancel(["boss"], { client_id: "till", grants: { names: "boss clerk" } }),
    );
    expect(outcome?.record.principal?.actor).toMatchObject({
      id: "till",
      roles: ["boss", "clerk"],
    });
  });

  it.each([
    ["null", null],
    ["a text", "service"],
    ["a list", [boss]],
    ["a number", 1],
    ["nobody", {}],
    ["an empty name", { sub: "" }],
    ["a name that is no text", { sub: 1 }],
    ["roles that are no list", { sub: "service", roles: "boss" }],
  ])("is refused where it is %s", async (_, act) => {
    const [outcome] = await present(desk("{ permissions: subject }"), cancel(["boss"], act));
    expect(outcome).toMatchObject({ status: 401, principal: null });
    expect(outcome?.cause).toMatch(/^claim:act/);
  });

  it("needs no permission of its own on a route for everybody who is known", async () => {
    const claims = { act: { sub: "service" } };
    const [outcome] = await present(desk("{}"), bearer(forge(signer, { claims })));
    expect(outcome).toMatchObject({ status: 200 });
  });

  it("is judged by the policy that a swap brings", async () => {
    const running = await openDesk(desk("{}"));
    await running.send(cancel(["boss"], clerk));
    running.swap(desk("{ permissions: subject }").policy);
    await running.send(cancel(["boss"], clerk));
    running.swap(desk("").policy);
    await running.send(cancel(["boss"], clerk));
    const statuses = (await running.close()).map(({ status }) => status);
    expect(statuses).toEqual([403, 200, 401]);
  });
});

describe("a token that is bound to a key", () => {
  it("is refused as a bearer token (RFC 9449, section 7.2; RFC 8705, section 3)", async () => {
    const bound = [{ jkt: "x" }, { "x5t#S256": "x" }, {}, null].map((cnf) =>
      bearer(forge(signer, { claims: { cnf } })),
    );
    const outcomes = await present(desk(""), ...bound);
    expect(outcomes.map(({ cause }) => cause)).toEqual(bound.map(() => "claim:cnf"));
  });
});

describe("where the application supplies principals", () => {
  const policy = issuerPolicy("HS256").replace(
    "principal: { roles: roles }",
    "principal: { from: application, actor: {} }",
  );
  const held: Readonly<Record<string, readonly string[]>> = { u1: ["boss"], service: ["clerk"] };

  it("it is asked about the actor too", async () => {
    const asked: unknown[] = [];
    const options = {
      policy,
      environment,
      principalSource: ({ subject = "" }: { readonly subject: string | undefined }) => {
        asked.push(subject);
        const roles = held[subject];
        return roles === undefined ? null : { roles };
      },
    };
    const outcomes = await present(
      options,
      cancel([], { sub: "service" }),
      cancel([]),
      cancel([], { sub: "stranger" }),
    );
    expect(outcomes.map(({ status, cause }) => [status, cause])).toEqual([
      [403, "actor"],
      [200, undefined],
      [401, "unknown-principal"],
    ]);
    expect(asked.toSorted()).toEqual(["service", "stranger", "u1", "u1", "u1"]);
  });
});

describe("the snapshot of a policy with actors", () => {
  it("asks for the part that judges them", () => {
    expect(snapshotOf(desk("{}").policy).needs).toContain("rules");
    expect(snapshotOf(desk("").policy).needs).not.toContain("rules");
  });
});
