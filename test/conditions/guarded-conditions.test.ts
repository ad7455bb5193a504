import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { listErrorSources } from "../../generator/conditions/list-error-sources.js";
import { checkInputs } from "../../runtime/abi-conditions.js";
import { compileAll } from "../conformance/both-ends.js";
import { orderDesk } from "./order-desk.js";

const TEXTS = 600;
const SAMPLES = 4;
const seed = Number(process.env["SEED"] ?? 1);

/** Tests over declared attributes, with guards and without; the checker refuses some of their combinations. */
const atoms = [
  "resource.ownerId == principal.id",
  "has(principal.tenant)",
  "!has(principal.tenant)",
  "principal.tenant == resource.tenant",
  "has(principal.org)",
  "has(principal.org) && has(principal.org.lead)",
  "principal.org.unit != ''",
  "principal.org.lead == principal.id",
  "has(principal.labels.team)",
  "principal.labels.team == 'a'",
  "'team' in principal.labels",
  "'admin' in principal.roles",
  "principal.level + resource.count > 3",
  "10 / resource.count > 2",
  "resource.count / 3 == 1",
  "resource.total >= 1.5",
  "resource.lines.exists(l, has(l.note) && l.note == 'x')",
  "resource.lines.all(l, !has(l.note) || l.note.size() > 0)",
  "resource.lines.exists_one(l, l.price > 1.0)",
  "resource.lines.map(l, has(l.note), l.note).exists(n, n == principal.id)",
  "resource.lines[0].price > 1.0",
  "principal.roles.exists(r, resource.lines.exists(l, l.sku == r))",
  "principal.roles.all(r, has(principal.tenant) && r != principal.tenant)",
  "request.time > timestamp('2020-01-01T00:00:00Z')",
  "request.time - resource.createdAt < duration('24h')",
  "request.time.getHours('Europe/Berlin') >= 8",
  "has(request.headers.`x-tenant`) && request.headers['x-tenant'] == resource.tenant",
  "principal.id.matches('^[a-z]+$')",
  "int(principal.id) == 1",
] as const;

function conditionOf(depth: number): fc.Arbitrary<string> {
  const leaf = fc.constantFrom<string>(...atoms);
  if (depth === 0) return leaf;
  const inner = conditionOf(depth - 1);
  return fc.oneof(
    leaf,
    fc
      .tuple(inner, fc.constantFrom("&&", "||"), inner)
      .map(([a, sign, b]) => `(${a}) ${sign} (${b})`),
    fc.tuple(inner, inner, inner).map(([a, b, c]) => `(${a}) ? (${b}) : (${c})`),
    inner.map((a) => `!(${a})`),
  );
}

const text = fc.constantFrom("", "a", "ann", "x", "admin", "1", "😀");
const maybe = <T>(of: fc.Arbitrary<T>) => fc.oneof(of, fc.constant(null), fc.constant(undefined));
const date = fc
  .constantFrom("2019-12-31T23:00:00Z", "2024-02-29T06:59:59.999Z", "1700-01-01T00:00:00Z")
  .map((at) => new Date(at));

const inputs = fc.record({
  principal: fc.record({
    id: text,
    tenant: maybe(text),
    roles: fc.array(text, { maxLength: 3 }),
    level: fc.integer(),
    labels: fc.dictionary(fc.constantFrom("team", "__proto__", "x"), text),
    org: maybe(fc.record({ unit: text, lead: maybe(text) })),
  }),
  request: fc.record({
    method: fc.constant("GET"),
    time: date,
    headers: fc.record({ "x-tenant": maybe(text) }),
    params: fc.record({ orderId: text }),
  }),
  resource: fc.record({
    ownerId: text,
    tenant: text,
    total: fc.double(),
    count: fc.constantFrom(0, 1, 3, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER),
    createdAt: date,
    lines: fc.array(fc.record({ sku: text, price: fc.double(), note: maybe(text) }), {
      maxLength: 3,
    }),
  }),
});

interface Answer {
  readonly text: string;
  readonly sample: unknown;
  readonly closure: string;
  readonly emitted: string;
}

function shown({ text, sample, closure, emitted }: Answer): Answer {
  return { text, sample, closure, emitted };
}

describe("random conditions of a policy", async () => {
  const texts = fc.sample(conditionOf(3), { numRuns: TEXTS, seed });
  const samples = fc.sample(inputs, { numRuns: TEXTS * SAMPLES, seed });
  const compiled = await compileAll(texts.map((text) => ({ text, declarations: orderDesk })));
  const answers = samples.flatMap((sample, index) => {
    const ends = compiled[Math.floor(index / SAMPLES)]?.ends;
    if (ends === undefined) return [];
    return [
      {
        text: ends.condition.text,
        sample,
        ends,
        closure: ends.closure(sample),
        emitted: ends.emitted(sample),
      },
    ];
  });

  it("are refused for attributes that may be missing, and for nothing else", () => {
    const reasons = compiled.flatMap((result) =>
      result.ends === undefined ? [result.refusal] : [],
    );
    expect(reasons.filter((reason) => !reason.startsWith("condition-missing-guard"))).toEqual([]);
    expect(answers.length).toBeGreaterThan(400);
  });

  it("are given inputs of their types", () => {
    const { principal, request, resource } = orderDesk.variables;
    for (const { sample } of answers) {
      expect(checkInputs(principal.fields, sample.principal)).toBeUndefined();
      expect(checkInputs(request.fields, sample.request)).toBeUndefined();
      expect(checkInputs(resource.fields, sample.resource)).toBeUndefined();
    }
  });

  it("mean the same on both back ends, and find nothing missing that is guarded", () => {
    const odd = answers.filter(
      ({ closure, emitted }) => closure !== emitted || /missing|internal|wrong-input/.test(closure),
    );
    expect(odd.map(shown).slice(0, 3)).toEqual([]);
  });

  it("fail only where a source of errors is listed", () => {
    const failed = answers.filter(({ closure }) => closure.startsWith("error"));
    const unforeseen = failed.filter(({ ends }) => listErrorSources(ends.condition).length === 0);
    expect(failed.length).toBeGreaterThan(10);
    expect(unforeseen.map(shown).slice(0, 3)).toEqual([]);
  });
});
