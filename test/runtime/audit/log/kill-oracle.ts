import { randomBytes } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import type { AuditEntry } from "@gatewright/runtime/audit/read";
import { expect } from "vitest";
import { ISSUER } from "../../authenticate/token-forge.js";
import { canonicalize } from "./canonicalize.js";

/** What the log says of itself; all else is of a request. */
const OWN = ["audit.started", "audit.stopped", "audit.gap", "audit.checkpoint"];
const DECISION = ":decision";

/** A request, as whoever sent it knows it. */
interface Sent {
  readonly isDurable: boolean;
  /** What the handler is to record. */
  readonly text: string;
  readonly parentSpanId: string;
}

/** Knows, outside of the process that is killed, what it was sent and what it answered, by the trace of the request. */
export function createOracle(authorization: string) {
  const sent = new Map<string, Sent>();
  /** Ids of the requests that were answered. */
  const answers = new Map<string, string>();

  const isDurable = (trace: string) => sent.get(trace)?.isDurable === true;

  const send = async (url: string, isOfDurable: boolean): Promise<void> => {
    const traceId = randomBytes(16).toString("hex");
    const parentSpanId = randomBytes(8).toString("hex");
    const text = createText();
    sent.set(traceId, { isDurable: isOfDurable, text, parentSpanId });
    const response = await fetch(`${url}/orders/7${isOfDurable ? "/refund" : ""}`, {
      method: isOfDurable ? "POST" : "GET",
      headers: {
        authorization,
        traceparent: `00-${traceId}-${parentSpanId}-01`,
        "x-text": encodeURIComponent(text),
      },
    });
    if (response.status !== 200) throw new Error(`answered with ${response.status}`);
    answers.set(traceId, String(response.headers.get("x-request-id")));
    await response.text();
  };

  return {
    answers,
    /** One client: a request after another, until the service is gone. */
    async hammer(url: string): Promise<void> {
      for (let turn = 0; ; turn += 1) {
        try {
          await send(url, turn % 2 === 0);
        } catch (error) {
          if (/answered with/.test(String(error))) throw error;
          return;
        }
      }
    },
    /** Resolves when so many answers came since. */
    async answered(count: number): Promise<void> {
      const before = answers.size;
      while (answers.size < before + count) await wait(5);
    },
    /** Compares all that was recovered with what is known; tells how much there was of what. */
    check(entries: readonly AuditEntry[]) {
      /** By type, the requests that have an entry. */
      const found = new Map<string, Map<string, AuditEntry>>();
      for (const entry of entries) {
        const { id, line, value } = entry;
        const { type, traceId } = value as { readonly type: string; readonly traceId: string };
        expect(line).toBe(canonicalize(value));
        expect(id).toBe(type === "decision" ? `${value["id"]}${DECISION}` : value["id"]);
        expect(entry).toMatchObject({
          epoch: value["epoch"],
          sequence: value["sequence"],
          category: value["category"],
        });
        if (OWN.includes(type)) continue;
        const known = sent.get(traceId);
        if (known === undefined) throw new Error(`nobody sent what ${line} is about`);
        expect(value).toMatchObject(expectedOf(type, known));
        const own = found.get(type) ?? new Map<string, AuditEntry>();
        found.set(type, own);
        // Invariant: a request has one entry of a type, however often it was closed or sent again.
        expect(own.has(traceId), line).toBe(false);
        own.set(traceId, entry);
        const isAbout = type.startsWith("order.") ? value["request"] : value["id"];
        expect(isAbout).toBe(answers.get(traceId) ?? isAbout);
        const first = found.get("decision")?.get(traceId)?.value["id"] ?? isAbout;
        expect(isAbout).toBe(first);
      }
      const ids = entries.map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);

      const traces = (type: string) => new Set(found.get(type)?.keys());
      const [requests, decisions] = [traces("request"), traces("decision")];
      const [told, seen] = [traces("order.told"), traces("order.seen")];
      const durableAnswers = [...answers.keys()].filter(isDurable);
      const otherAnswers = [...answers.keys()].filter((trace) => !isDurable(trace));
      expect(durableAnswers.filter((trace) => !told.has(trace))).toEqual([]);
      expect(durableAnswers.filter((trace) => !requests.has(trace))).toEqual([]);
      expect(otherAnswers.filter((trace) => !seen.has(trace))).toEqual([]);
      // Each decision is closed, and what is durable was decided first.
      expect([...decisions].filter((trace) => !requests.has(trace))).toEqual([]);
      const toBeDecided = [...requests, ...told].filter(isDurable);
      expect(toBeDecided.filter((trace) => !decisions.has(trace))).toEqual([]);
      const unknown = [...requests].filter((trace) => {
        const { outcome } = found.get("request")?.get(trace)?.value ?? {};
        return outcome === "unknown";
      });
      expect(unknown.filter((trace) => !decisions.has(trace))).toEqual([]);
      return {
        answers: answers.size,
        decisions: decisions.size,
        unknown: unknown.length,
        events: told.size + seen.size,
        unrecorded: otherAnswers.filter((trace) => !requests.has(trace)).length,
      };
    },
  };
}

/** What an entry about a request says, as far as its sender can know. */
function expectedOf(type: string, { isDurable, text, parentSpanId }: Sent): object {
  if (type === "order.told" || type === "order.seen") {
    expect(type).toBe(isDurable ? "order.told" : "order.seen");
    return {
      category: isDurable ? "auth" : "business",
      data: { text },
      principal: { issuer: ISSUER, tenant: "north" },
    };
  }
  expect(["request", "decision"]).toContain(type);
  const action = isDurable ? "orders.refund" : "orders.read";
  return {
    action,
    category: isDurable ? "auth" : "access",
    decision: "allow",
    method: isDurable ? "POST" : "GET",
    parentSpanId,
    path: isDurable ? "/orders/*/refund" : "/orders/*",
    principal: { issuer: ISSUER, roles: ["clerk"], tenant: "north" },
    resource: { type: "orders" },
    route: isDurable ? "POST /orders/:id/refund" : "GET /orders/:id",
  };
}

/** Unlike any other, of a length of its own, with what JSON and UTF-8 spell in more than one way. */
function createText(): string {
  const filling = '"\\/\u2028é😀\n\u0000%'.repeat(Math.floor(Math.random() * 20));
  return `${randomBytes(9).toString("base64")}${filling}`;
}
