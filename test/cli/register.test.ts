import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createProject } from "./create-project.js";
import { runGatewright } from "./run-gatewright.js";

const audit = `
audit:
  log: { folder: logs, signer: { environment: SIGNER } }
  secret: { environment: ROOT }
  compliance: [gdpr]
  categories:
    access: { retention: { ceiling: 200d } }
    auth: { overflow: fail_closed, retention: { ceiling: 400d } }
    business: { retention: { ceiling: 200d } }
    config_change: { overflow: fail_closed, retention: { ceiling: 400d } }
    refunds:
      purpose: "Disputes <b>about</b> *refunds* | [see](javascript:x)"
      retention: { floor: 183d, ceiling: 1095d }
  sinks:
    central:
      kind: webhook
      url: https://audit.example/events?token=SECRET
      secret: { environment: HOOK }
      categories: [refunds]
    desk: { kind: sqlite, path: data/audit.sqlite }
  events:
    order.refunded:
      description: A customer got money back.
      category: refunds
      fields:
        customer: { type: string, class: hmac }
        amount: { type: double, class: public }
`;

function createAudited(): string {
  const project = createProject();
  writeFileSync(join(project, "policies/audit.yaml"), `gatewright: 1\n${audit}`);
  return project;
}

describe("gatewright register", () => {
  it("says of each category why, what, for whom and how long, and nothing of a secret", () => {
    const { status, stdout, stderr } = runGatewright(createAudited(), ["register", "--json"]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).not.toContain("SECRET");
    const { processing, exitCode } = JSON.parse(stdout);
    expect(exitCode).toBe(0);
    expect(processing.log).toEqual({
      folder: "logs",
      spill: null,
      isSigned: true,
      hasKeyedHashes: true,
    });
    const names = processing.categories.map(({ name }: { readonly name: string }) => name);
    expect(names).toEqual(["access", "auth", "business", "config_change", "refunds"]);
    const desk = { name: "desk", kind: "sqlite", place: "data/audit.sqlite" };
    const [access, , , , refunds] = processing.categories;
    expect(access).toMatchObject({ purpose: null, hasOtherRequests: true, recipients: [desk] });
    expect(access.routes).toContainEqual({ id: "POST /orders/:orderId/refund", params: [] });
    expect(refunds).toMatchObject({
      durability: "accepted",
      routes: [],
      hasOtherRequests: false,
      recipients: [{ name: "central", kind: "webhook", place: "https://audit.example" }, desk],
      retention: { floor: 183, ceiling: 1095 },
      events: [
        {
          type: "order.refunded",
          at: "policies/audit.yaml:23",
          description: "A customer got money back.",
          fields: [
            { name: "amount", class: "public" },
            { name: "customer", class: "hmac" },
          ],
        },
      ],
    });
  });

  it("prints words of a policy as text that no reader of Markdown takes for more", () => {
    const { stdout } = runGatewright(createAudited(), ["register"]);
    expect(stdout).toContain(
      String.raw`- Purpose: Disputes \<b\>about\</b\> \*refunds\* \| \[see\](javascript:x)`,
    );
    expect(stdout).toContain("- Kept: at least 183 days, at most 1095 days\n");
    expect(stdout).toContain("  - customer: hmac\n");
    expect(stdout).not.toContain("SECRET");
  });

  it("says what to write where there is no log, or no purpose", () => {
    const without = runGatewright(createProject(), ["register"]);
    expect(without).toMatchObject({ status: 3 });
    expect(without.stdout).toContain("write `log: {}` under `audit`");
    const { stdout } = runGatewright(createAudited(), ["register"]);
    expect(stdout).toContain("not stated; write `purpose` under `audit.categories.auth`");
  });

  it("prints nothing of a policy that has an error", () => {
    const project = createAudited();
    const path = join(project, "policies/audit.yaml");
    writeFileSync(
      path,
      readFileSync(path, "utf8").replace("category: refunds", "category: refnds"),
    );
    const { status, stdout } = runGatewright(project, ["register"]);
    expect(status).toBe(1);
    expect(stdout).toContain("did you mean");
    expect(stdout).not.toContain("# Audit log");
  });
});
