import { createPolicyGate } from "@gatewright/runtime/abi";
import { application } from "@gatewright/runtime/abi/application";
import { describe, expect, it } from "vitest";
import type { RawRequest } from "../../agreement/raw-client.js";
import type { LoosePolicy } from "../../agreement/loose-policy.js";
import { countingSource, desk, environment, policyWith, token } from "./supplied-desk.js";
import type { Source } from "./supplied-desk.js";
import { bearer, issuerPolicy, openDesk, present, snapshotOf } from "./token-desk.js";
import type { SuppliedPolicy } from "./token-desk.js";
import { NOW, createSigner, forge } from "./token-forge.js";
import type { Members } from "./token-forge.js";
import { keys } from "@gatewright/runtime/abi/keys";
import { hosts } from "../../agreement/load-hosts.js";

/** An answer without an id of its own. */
const nobodys: Source = () => ({ roles: [] });

const bossIsTwo: Source = ({ subject }) => ({ roles: subject === "u2" ? ["boss"] : ["clerk"] });

/** The token names the greatest role, whoever shows it. */
function cancelAs(sub: string): RawRequest {
  const Authorization = token({ sub, roles: ["boss"] });
  return { method: "DELETE", target: "/orders", headers: { Authorization } };
}

describe("a principal from the application", () => {
  it("is asked for with the verified identity, and only with one", async () => {
    const asked: unknown[] = [];
    const source: Source = (identity) => {
      asked.push(identity);
      return { id: "account-7", roles: ["clerk", "x"], tenant: "t1" };
    };
    const outcomes = await present(
      desk(source),
      token({ note: "n" }),
      bearer(forge(createSigner("HS256"))),
      token({ exp: NOW - 30 }),
    );
    expect(outcomes.map(({ status }) => status)).toEqual([200, 401, 401]);
    expect(outcomes[0]?.principal).toEqual({
      id: "account-7",
      issuer: "https://id.example",
      roles: ["clerk"],
      tenant: "t1",
      claims: {},
    });
    expect(outcomes[0]?.record).toMatchObject({
      principal: { id: "account-7", roles: ["clerk"], tenant: "t1" },
      unknownRoles: ["x"],
    });
    expect(asked).toMatchObject([
      { issuer: "https://id.example", subject: "u1", claims: { note: "n", sub: "u1" } },
    ]);
  });

  it("has the token's subject where it has no id of its own", async () => {
    const outcomes = await present(desk(nobodys), token(), token({ sub: 1 }), token({ sub: "" }));
    expect(outcomes.map(({ cause, principal }) => cause ?? principal?.["id"])).toEqual([
      "u1",
      "claim:sub",
      "claim:sub",
    ]);
    const elsewhere = await present(desk(nobodys, ", id: user.id"), token({ user: { id: "u9" } }));
    expect(elsewhere[0]?.principal).toMatchObject({ id: "u9" });
  });

  it("decides by the roles that the application gives, whatever the token says", async () => {
    const outcomes = await present(desk(bossIsTwo), cancelAs("u1"), cancelAs("u2"));
    expect(outcomes.map(({ status }) => status)).toEqual([403, 200]);
  });

  it("has typed claims, which must fit", async () => {
    const supplied: readonly Members[] = [
      { level: 3, groups: ["a"] },
      { level: 3 },
      { level: "3" },
      { level: 3.5 },
      {},
      { level: 3, groups: "a" },
    ];
    const source: Source = ({ subject }) => ({
      roles: [],
      claims: supplied[Number(subject)] ?? {},
    });
    const more = ', claims: { level: int, groups: { type: "list<string>", optional: true } }';
    const tokens = supplied.map((_, index) => token({ sub: String(index), level: 3 }));
    const outcomes = await present(desk(source, more), ...tokens);
    expect(outcomes.map(({ cause, principal }) => cause ?? principal?.["claims"])).toEqual([
      { level: 3, groups: ["a"] },
      { level: 3 },
      "claim:level",
      "claim:level",
      "claim:level",
      "claim:groups",
    ]);
  });

  it.each([
    ["roles that are no list", { roles: "clerk" }, "claim:roles"],
    ["roles that are no texts", { roles: [1] }, "claim:roles"],
    ["a tenant that is no text", { roles: [], tenant: 7 }, "claim:tenant"],
    ["an empty id", { roles: [], id: "" }, "claim:sub"],
    ["an id that is no text", { roles: [], id: 7 }, "claim:sub"],
    ["null", null, "unknown-principal"],
    ["undefined", undefined, "unknown-principal"],
    ["false", false, "unknown-principal"],
  ])("is refused where it is or has %s", async (_, answer, cause) => {
    // What untyped code may answer.
    const outcomes = await present(
      desk(() => answer as never),
      token(),
    );
    expect(outcomes).toMatchObject([{ status: 401, cause, record: { reason: "invalid-token" } }]);
  });

  it("that cannot be found is 503, and the application's own error is heard", async () => {
    const fault = new Error("the account service is down");
    const running = await openDesk(
      desk(async ({ subject }) => {
        if (subject === "thrown") throw fault;
        return Promise.reject(new Error("no answer"));
      }),
    );
    await running.send(token({ sub: "thrown" }));
    await running.send(token({ sub: "rejected" }));
    const { errors } = running;
    const outcomes = await running.close();
    expect(outcomes.map(({ status, cause }) => [status, cause])).toEqual([
      [503, "principal-source"],
      [503, "principal-source"],
    ]);
    expect(errors).toEqual([fault, new Error("no answer")]);
    expect(outcomes[0]?.response.headers.get("retry-after")).toBe("5");
    expect(outcomes[0]?.response.body).not.toContain("account service");
  });

  it.each<readonly [string, Source]>([
    [
      "throws at once",
      () => {
        throw new TypeError("not a function");
      },
    ],
    [
      "answers with what throws when it is read",
      () => ({
        get roles(): readonly string[] {
          throw new TypeError("not loaded");
        },
      }),
    ],
  ])("that %s is 503 too", async (_, source) => {
    const outcomes = await present(desk(source), token());
    expect(outcomes).toMatchObject([{ status: 503, cause: "principal-source" }]);
  });

  it("is asked for by each request where the policy has no cache", async () => {
    const { subjects, source } = countingSource(() => ({ roles: [] }));
    const one = token();
    await present(desk(source), one, one, one);
    expect(subjects).toEqual(["u1", "u1", "u1"]);
  });
});

describe("a gate without a principal source", () => {
  const snapshot = snapshotOf(policyWith(""));
  const features = { hosts, keys, application };

  it("does not start, and does not type-check", () => {
    // @ts-expect-error: the policy takes the principal from the application
    expect(() => createPolicyGate<SuppliedPolicy>(snapshot, features, { environment })).toThrow(
      expect.objectContaining({
        code: "configuration-invalid",
        message: expect.stringContaining("pass `principalSource`"),
      }),
    );
    // @ts-expect-error: nor does it without any options
    expect(() => createPolicyGate<SuppliedPolicy>(snapshot, features)).toThrow();
  });

  it("is not swapped to one whose policy needs it", async () => {
    const running = await openDesk({ policy: issuerPolicy("HS256"), environment });
    expect(() => running.swap(policyWith(""))).toThrow("pass `principalSource`");
    await running.send(token());
    expect(await running.close()).toMatchObject([{ status: 200 }]);
  });

  it("does not start where its generated code is older than its policy", () => {
    const none = { application: undefined } as object;
    for (const features of [
      { hosts, keys },
      { hosts, keys, ...none },
    ]) {
      expect(() => createPolicyGate<LoosePolicy>(snapshot, features, { environment })).toThrow(
        expect.objectContaining({ message: expect.stringContaining("build it again") }),
      );
    }
  });
});
