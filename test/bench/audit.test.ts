import { analyse } from "gatewright";
import { describe, expect, it } from "vitest";
import { MASKED, POLICY } from "../../bench/audit/policy.js";
import { makeEvent, makeSimilarEvent } from "../../bench/audit/make-event.js";
import { createRandom } from "../../bench/harness/random.js";
import { buildEventWriters } from "../../runtime/audit/events/build-event-writer.js";
import { keys } from "../runtime/masks/every-mask.js";

const { snapshot, diagnostics } = analyse([{ path: "policies/audit.yaml", text: POLICY }]);

describe("the events of the audit benchmark", () => {
  it("are declared without a mistake, with 25 fields and six masks", () => {
    expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
    const paid = snapshot?.auditSchema?.events.find(({ type }) => type === "order.paid");
    expect(paid?.fields).toHaveLength(25);
    const masked = paid?.fields.filter(({ mask }) => mask !== -1).map(({ name }) => name);
    expect(masked).toEqual([...MASKED]);
  });

  it.each([
    ["of their own values", makeEvent, 25],
    ["with shared texts", makeSimilarEvent, 18],
  ])("%s fit, and nothing masked is shown", (_, make, differing) => {
    const schema = snapshot?.auditSchema;
    if (schema === undefined) return expect.unreachable("the policy has events");
    const write = buildEventWriters(schema, { keys }).get("order.paid");
    const random = createRandom(1);
    const events = Array.from({ length: 50 }, () => make(random));
    for (const event of events) {
      const written = write?.(event, { tenant: "", now: 0 });
      if (!written?.ok) return expect.unreachable(JSON.stringify(written));
      expect(Object.keys(JSON.parse(written.json))).toEqual(Object.keys(event).toSorted());
      for (const name of MASKED) expect(written.json).not.toContain(`"${String(event[name])}"`);
    }
    const names = Object.keys(events[0] ?? {});
    const varied = names.filter((name) => new Set(events.map((event) => event[name])).size > 1);
    return expect(varied).toHaveLength(differing);
  });
});
