import { describe, expect, it } from "vitest";
import { buildEventWriters } from "../../../runtime/audit/events/build-event-writer.js";
import type { EventFault, EventWriter } from "../../../runtime/audit/events/build-event-writer.js";
import { hostileValues } from "../masks/hostile-values.js";
import { encodingsOf } from "./log/encodings.js";

const canary = "S3cr3t-canary";
/** Shorter ones, such as its two digits alone, are found by chance. */
const forms = encodingsOf(canary).filter((form) => form.length > 7);
const context = { tenant: "acme", now: 0 };

const fields = [
  { name: "actor", type: "string", optional: false, maxLength: 64, mask: -1 },
  { name: "count", type: "int", optional: true, maxLength: 64, mask: -1 },
  { name: "ratio", type: "double", optional: true, maxLength: 64, mask: -1 },
  { name: "secret", type: "string", optional: true, maxLength: 64, mask: 0 },
  { name: "tags", type: "list<string>", optional: true, maxLength: 64, mask: -1 },
  { name: "urgent", type: "bool", optional: true, maxLength: 64, mask: -1 },
] as const;

const write = buildEventWriters(
  {
    events: [{ type: "user.created", category: "business", at: "audit.yaml:1", fields }],
    masks: [{ name: "hidden", options: { method: "null-out" } }],
    secret: null,
  },
  {},
).get("user.created") as EventWriter;

/** What is written of hostile fields, once it is seen that the canary is nowhere in it, in no form. */
function writeHostile(event: unknown): string | EventFault {
  const written = write(event, context);
  const text = JSON.stringify(written);
  expect(forms.filter((form) => text.includes(form))).toEqual([]);
  if (written.ok) return written.json;
  expect(Object.keys(written.fault)).toEqual(["path", "reason"]);
  return written.fault;
}

const refused = (path: string, reason: EventFault["reason"]) => ({ path, reason });

function fail(): never {
  throw new Error(canary);
}

function getEndless(_target: object, key: string): unknown {
  return key === "length" ? 2 ** 32 : "a";
}

function* endless(): Generator<string> {
  for (;;) yield canary;
}

/** Says one thing when it is read first, and the canary from then on. */
function turning(first: unknown): PropertyDescriptor {
  let reads = 0;
  return { enumerable: true, get: () => (reads++ === 0 ? first : canary) };
}

describe("Getter: what is checked is what is written", () => {
  it("of a field of each type", () => {
    const event = Object.defineProperties(
      {},
      {
        actor: turning("ann"),
        count: turning(1),
        ratio: turning(0.5),
        secret: turning("hunter2"),
        tags: turning(["a"]),
        urgent: turning(true),
      },
    );
    expect(writeHostile(event)).toBe(
      '{"actor":"ann","count":1,"ratio":0.5,"secret":{"$mask":"null"},"tags":["a"],"urgent":true}',
    );
  });

  it("of one that gives nothing first", () => {
    const event = Object.defineProperties({}, { actor: turning("ann"), count: turning(undefined) });
    expect(writeHostile(event)).toBe('{"actor":"ann"}');
  });

  it("of an item of a list", () => {
    const tags = Object.defineProperties([], { 0: turning("a"), 1: turning("b") });
    expect(writeHostile({ actor: "ann", tags })).toBe('{"actor":"ann","tags":["a","b"]}');
  });

  it("of a prototype", () => {
    const event = Object.create(Object.defineProperties({}, { actor: turning("ann") }));
    expect(writeHostile(event)).toBe('{"actor":"ann"}');
  });

  it.each(fields.map(({ name }) => name))("that throws, of `%s`", (name) => {
    const event = Object.defineProperty({ actor: "ann" }, name, { enumerable: true, get: fail });
    expect(writeHostile(event)).toEqual(refused(`/${name}`, "unreadable"));
  });

  it("that throws, of an item of a list", () => {
    const tags = Object.defineProperty(["a"], 1, { get: fail });
    expect(writeHostile({ actor: "ann", tags })).toEqual(refused("/tags", "unreadable"));
  });
});

describe("Proxy", () => {
  it("is read once for each field, and for nothing else", () => {
    const read: unknown[] = [];
    const get = (target: object, key: string) => {
      read.push(key);
      return Reflect.get(target, key);
    };
    const event = new Proxy({ note: canary, count: 2, actor: "ann" }, { get });
    expect(writeHostile(event)).toBe('{"actor":"ann","count":2}');
    expect(read.toSorted()).toEqual(fields.map(({ name }) => name));
  });

  it.each(["get", "ownKeys", "getOwnPropertyDescriptor", "getPrototypeOf"])(
    "whose trap %s throws",
    (trap) => {
      const event = new Proxy({ actor: "ann" }, { [trap]: fail });
      expect(writeHostile(event)).toMatchObject({ reason: "unreadable" });
    },
  );

  it("that is revoked", () => {
    const { proxy, revoke } = Proxy.revocable({ actor: "ann" }, {});
    revoke();
    expect(writeHostile(proxy)).toEqual(refused("", "unreadable"));
  });

  it("of a list, that says otherwise the second time", () => {
    const seen = new Set<string>();
    const get = (target: object, key: string) => {
      const isAgain = seen.size === seen.add(key).size;
      return isAgain ? canary : Reflect.get(target, key);
    };
    const tags = new Proxy(["a", "b"], { get });
    expect(writeHostile({ actor: "ann", tags })).toBe('{"actor":"ann","tags":["a","b"]}');
  });

  it("of a list without end", () => {
    const event = { actor: "ann", tags: new Proxy([], { get: getEndless }) };
    expect(writeHostile(event)).toEqual(refused("/tags", "too-long"));
  });
});

describe("toJSON / class instance", () => {
  it("asks no event for its JSON", () => {
    const event = { actor: "ann", toJSON: () => ({ actor: canary }) };
    expect(writeHostile(event)).toBe('{"actor":"ann"}');
    expect(write(event, context)).toMatchObject({ undeclared: 1 });
  });

  it("asks no value for its JSON", () => {
    const event = { actor: { toJSON: () => canary, toString: () => canary } };
    expect(writeHostile(event)).toEqual(refused("/actor", "type"));
  });

  it("takes of an instance what is declared", () => {
    const methods = {
      get count() {
        return canary.length;
      },
      describe: () => canary,
    };
    const order = Object.assign(Object.create(methods), { actor: "ann", password: canary });
    expect(writeHostile(order)).toBe(`{"actor":"ann","count":${canary.length}}`);
  });
});

describe("Prototype keys", () => {
  it("of an own `__proto__` and `constructor` nothing is taken", () => {
    const hidden = `{"actor":"${canary}","tags":["${canary}"]}`;
    const event = JSON.parse(`{"__proto__":${hidden},"constructor":${hidden},"actor":"ann"}`);
    expect(writeHostile(event)).toBe('{"actor":"ann"}');
    expect(write(event, context)).toMatchObject({ undeclared: 2 });
    delete event.actor;
    expect(writeHostile(event)).toEqual(refused("/actor", "missing"));
  });

  it("declared, they are fields like others", () => {
    const name = "__proto__";
    const field = { name, type: "string", optional: false, maxLength: 64, mask: -1 } as const;
    const event = { type: "odd", category: "business", at: "audit.yaml:1", fields: [field] };
    const odd = buildEventWriters({ events: [event], masks: [], secret: null }, {}).get("odd");
    const json = '{"__proto__":"ann"}';
    expect(odd?.(JSON.parse(json), context)).toEqual({ ok: true, json, undeclared: 0 });
    expect(odd?.({}, context)).toMatchObject({ ok: false, fault: { path: "/__proto__" } });
  });
});

it("Symbol keys, non-enumerable: are neither written nor counted", () => {
  const event = Object.defineProperty({ actor: "ann", [Symbol(canary)]: canary }, "note", {
    value: canary,
  });
  expect(writeHostile(event)).toBe('{"actor":"ann"}');
  expect(write(event, context)).toMatchObject({ undeclared: 0 });
});

it("Secret as key: is counted, and not told", () => {
  expect(writeHostile({ actor: "ann", [canary]: "x" })).toBe('{"actor":"ann"}');
  expect(writeHostile({ [canary]: "x" })).toEqual(refused("/actor", "missing"));
});

it("Frozen, sealed: makes no difference", () => {
  const event = Object.freeze({ actor: "ann", tags: Object.freeze(["a"]), secret: canary });
  expect(writeHostile(event)).toBe('{"actor":"ann","secret":{"$mask":"null"},"tags":["a"]}');
});

describe("Circular / shared reference", () => {
  it("undeclared, it is not followed", () => {
    const event: Record<string, unknown> = { actor: "ann", secret: canary };
    event["self"] = event;
    expect(writeHostile(event)).toBe('{"actor":"ann","secret":{"$mask":"null"}}');
  });

  it("declared, it is of a wrong type", () => {
    const tags: unknown[] = [canary];
    tags.push(tags);
    expect(writeHostile({ actor: "ann", tags })).toEqual(refused("/tags", "type"));
  });
});

describe("Scalar/object swap, array where object expected, BigInt, Map, Set, Buffer, Error", () => {
  type Named = readonly [name: string, value: unknown];
  const swapped: readonly Named[] = [
    ["an object", { v: canary }],
    ["an array", [canary]],
    ["an array in an array", [[canary]]],
    ["a Map", new Map([["actor", canary]])],
    ["a Set", new Set([canary])],
    ["a BigInt", 4_111_111_111_111_111n],
    ["a Buffer", Buffer.from(canary)],
    ["an Error", new Error("x", { cause: new Error(canary) })],
    ["a URL", new URL(`http://u:${canary}@h/?t=${canary}`)],
    ["a Date", new Date(0)],
    ["a String object", Object(canary)],
    ["a Number object", Object(1)],
    ["a symbol", Symbol(canary)],
    ["a function", () => canary],
    ["null", null],
    ["NaN", Number.NaN],
    ["infinity", Number.POSITIVE_INFINITY],
  ];
  const scalars = fields.filter(({ type }) => type !== "list<string>");

  it.each(swapped)("%s where a scalar is declared", (_name, value) => {
    for (const { name } of scalars) {
      expect(writeHostile({ actor: "ann", [name]: value })).toEqual(refused(`/${name}`, "type"));
    }
  });

  it.each<Named>([...swapped.filter(([name]) => name !== "an array"), ["a text", canary]])(
    "%s where a list is declared, and in one",
    (_name, value) => {
      const fault = refused("/tags", "type");
      expect(writeHostile({ actor: "ann", tags: value })).toEqual(fault);
      if (value !== canary)
        expect(writeHostile({ actor: "ann", tags: ["a", value] })).toEqual(fault);
    },
  );

  it("one scalar where another is declared", () => {
    for (const { name, type } of scalars) {
      const fault = refused(`/${name}`, "type");
      if (type !== "string") expect(writeHostile({ actor: "ann", [name]: canary })).toEqual(fault);
      if (type !== "bool") expect(writeHostile({ actor: "ann", [name]: true })).toEqual(fault);
      if (type === "string") expect(writeHostile({ actor: "ann", [name]: 1 })).toEqual(fault);
    }
    for (const count of [0.5, 2 ** 53, 1e300]) {
      expect(writeHostile({ actor: "ann", count })).toEqual(refused("/count", "type"));
    }
  });

  it.each<Named>([...swapped, ["nothing", undefined], ["a text", canary]])(
    "%s where an event is expected",
    (_name, value) => {
      const reason = expect.stringMatching(/^(?:type|missing)$/);
      expect(writeHostile(value)).toEqual({ path: expect.any(String), reason });
    },
  );

  it.each(hostileValues)("%s, as the event and as each of its fields", (_name, hostile) => {
    writeHostile(hostile());
    for (const { name } of fields) writeHostile({ actor: "ann", [name]: hostile() });
  });
});

describe("Too long a text or list", () => {
  const long = canary.repeat(64);
  it.each([
    ["a text", { actor: long }, "/actor"],
    ["a masked text", { actor: "ann", secret: long }, "/secret"],
    ["an item", { actor: "ann", tags: [long] }, "/tags"],
    ["a list", { actor: "ann", tags: Array(101).fill("a") }, "/tags"],
    ["a list of nothing", { actor: "ann", tags: Array(2 ** 31) }, "/tags"],
  ])("%s is refused", (_name, event, path) => {
    expect(writeHostile(event)).toEqual(refused(path, "too-long"));
  });

  it("a list that iterates without end is read by its index", () => {
    const tags = Object.assign(["a"], { [Symbol.iterator]: endless });
    expect(writeHostile({ actor: "ann", tags })).toBe('{"actor":"ann","tags":["a"]}');
  });
});

it("Non-BMP, combining, lone surrogate: what is written is well-formed", () => {
  const halves = ["\ud83d", "\ude00", "a\ud83d", "\ude00\ud83d"];
  for (const half of halves) {
    const json = writeHostile({ actor: half, tags: [half] });
    const whole = JSON.stringify(half.toWellFormed());
    expect(json).toBe(`{"actor":${whole},"tags":[${whole}]}`);
  }
  expect(writeHostile({ actor: "😀e\u0301\u2028" })).toBe('{"actor":"😀e\u0301\u2028"}');
});

it("a text that holds JSON adds no member", () => {
  const actor = 'ann","admin":true,"x":"\\';
  const json = writeHostile({ actor, tags: [actor] });
  expect(JSON.parse(String(json))).toEqual({ actor, tags: [actor] });
});
