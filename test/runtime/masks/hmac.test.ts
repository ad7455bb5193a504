import { createHash, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import {
  createHmacMask,
  createMask,
  createRootMaskKeys,
  createTenantMaskKeys,
} from "@gatewright/runtime/masks";
import type {
  HmacType,
  MaskAlgorithm,
  MaskContext,
  MaskKeys,
  MaskOptions,
  MaskRoot,
} from "@gatewright/runtime/masks";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { context, keys, root } from "./every-mask.js";

interface Vector {
  readonly algorithm: MaskAlgorithm;
  readonly id: string;
  readonly purpose: string;
  readonly tenant: string;
  readonly domain: string;
  readonly field: string;
  readonly type: HmacType;
  readonly value: string;
  readonly token: string;
}

const file: { readonly root: string; readonly vectors: readonly Vector[] } = JSON.parse(
  readFileSync(new URL("hmac-vectors.json", import.meta.url), "utf8"),
);

const invalid = expect.objectContaining({ code: "configuration-invalid" });
const TOKEN = /^h1:k1:[\w-]{22}$/;
const other = { id: "k2", secret: createHash("sha256").update("another root").digest() };
const { mask } = createHmacMask({ keys });
const sealed: MaskKeys = {
  keysOf: () => {
    throw new Error("vault is sealed");
  },
};

function within(changes: Partial<MaskContext>): MaskContext {
  return { ...context, ...changes };
}

it.each(file.vectors)(
  "$algorithm of $value in $field of $tenant is what Python makes of it",
  ({ algorithm, id, purpose, domain, type, value, token, ...place }) => {
    const secret = Buffer.from(file.root, "hex");
    const keys = createRootMaskKeys({ roots: [{ id, secret, algorithm }], purpose });
    const { mask } = createHmacMask({ keys, type, domain });
    expect(mask(type === "integer" ? BigInt(value) : value, within(place))).toBe(token);
  },
);

describe("Equal hashes across tenants / fields", () => {
  it("has four tokens for one phone, of two tenants in two fields", () => {
    const tokens = ["acme", "other"].flatMap((tenant) =>
      ["a/phone", "b/phone"].map((field) => mask("+8613800138000", within({ tenant, field }))),
    );
    expect(new Set(tokens).size).toBe(4);
  });

  it("has other tokens for another type, purpose and domain", () => {
    const egress = createRootMaskKeys({ roots: [root], purpose: "egress" });
    const tokens = [
      mask("42", context),
      createHmacMask({ keys, type: "integer" }).mask(42, context),
      createHmacMask({ keys, type: "bytes" }).mask(Buffer.from("42"), context),
      createHmacMask({ keys, domain: "join" }).mask("42", context),
      createHmacMask({ keys: egress }).mask("42", context),
    ];
    expect(new Set(tokens).size).toBe(5);
  });

  it("lets no part run into the next", () => {
    const one = mask("bc", within({ field: "a" }));
    expect(mask("c", within({ field: "ab" }))).not.toBe(one);
    const remembering = createHmacMask({ keys, cached: 10 }).mask;
    remembering("bc", within({ field: "a" }));
    expect(remembering("c", within({ field: "ab" }))).toBe(mask("c", within({ field: "ab" })));
  });
});

describe("a token", () => {
  it("has one length for any text, and holds nothing of it", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 1024 }), (text) => {
        expect(mask(text, context)).toMatch(TOKEN);
      }),
    );
  });

  it("is one for the canonical forms of one text", () => {
    expect(mask("Zoe\u0308", context)).toBe(mask("Zoë", context));
    expect(mask("zoë", context)).not.toBe(mask("Zoë", context));
  });

  it("Marker forging: is hashed like any text", () => {
    const once = mask("robert", context);
    expect(mask(once, context)).toMatch(TOKEN);
    expect(mask(once, context)).not.toBe(once);
  });

  it("is made of exact whole numbers only", () => {
    const { mask } = createHmacMask({ keys, type: "integer" });
    expect(mask(42n, context)).toBe(mask(42, context));
    expect(mask(-0, context)).toBe(mask(0, context));
    for (const value of [2 ** 53, 0.5, Number.NaN, 1n << 64n, "42", true]) {
      expect(mask(value, context)).toBeNull();
    }
  });

  it("is made of no text too long to normalise", () => {
    expect(mask("a".repeat(1024), context)).toMatch(TOKEN);
    expect(mask("a".repeat(1025), context)).toBeNull();
  });
});

describe("Low-entropy values", () => {
  it.each(["boolean", "enum", "number", "date"])("refuses a %s when made", (type) => {
    const options = { method: "hmac", type } as unknown as MaskOptions;
    expect(() => createMask(options, { keys })).toThrow(invalid);
  });

  it("refuses a field that is known to have few values", () => {
    expect(() => createHmacMask({ keys, distinct: 1000 })).toThrow(invalid);
    expect(() => createHmacMask({ keys, distinct: Number.NaN })).toThrow(invalid);
    expect(createHmacMask({ keys, distinct: 1e6 }).mask("x", context)).toMatch(TOKEN);
  });
});

describe("keys", () => {
  const before = createHmacMask({ keys }).mask("robert", context);

  it("rotate: the first makes, and the others find what they made", () => {
    const rotated = createHmacMask({ keys: createRootMaskKeys({ roots: [other, root] }) });
    const made = rotated.mask("robert", context);
    expect(made).toMatch(/^h1:k2:/);
    expect(rotated.tokensOf("robert", context)).toEqual([made, before]);
    const ended = createHmacMask({ keys: createRootMaskKeys({ roots: [other] }) });
    expect(ended.tokensOf("robert", context)).toEqual([made]);
  });

  it("change their algorithm by rotation", () => {
    const roots = [{ ...other, algorithm: "sm3" as const }, root];
    const { tokensOf } = createHmacMask({ keys: createRootMaskKeys({ roots }) });
    const forms = tokensOf("robert", context).map((token) => token.split(":").slice(0, 2));
    expect(forms).toEqual([
      ["s1", "k2"],
      ["h1", "k1"],
    ]);
  });

  it.each([0, 16])("erase a tenant with its roots, with %d tokens cached", (cached) => {
    const roots = new Map<string, readonly MaskRoot[]>([["acme", [root]]]);
    const keys = createTenantMaskKeys({ rootsOf: (tenant) => roots.get(tenant) });
    const { mask, tokensOf } = createHmacMask({ keys, cached });
    const made = mask("robert", context);
    expect(mask("robert", context)).toBe(made);
    expect(mask("robert", within({ tenant: "other" }))).toBeNull();
    roots.delete("acme");
    expect(mask("robert", context)).toBeNull();
    expect(tokensOf("robert", context)).toEqual([]);
    // A tenant of that name that comes later has a secret of its own, even under the same id.
    roots.set("acme", [{ ...root, secret: randomBytes(32) }]);
    expect(mask("robert", context)).toMatch(TOKEN);
    expect(mask("robert", context)).not.toBe(made);
  });

  it("differ for tenants that share a root object", () => {
    const keys = createTenantMaskKeys({ rootsOf: () => [root] });
    const { mask } = createHmacMask({ keys, cached: 4 });
    const tokens = ["a", "b", "a"].map((tenant) => mask("robert", within({ tenant })));
    expect(new Set(tokens).size).toBe(2);
    expect(tokens[2]).toBe(tokens[0]);
  });

  it("serve no tenant that is no proper text, and any name that is", () => {
    for (const tenant of ["a\ud800", undefined, null, 1, {}]) {
      expect(mask("robert", within({ tenant: tenant as string }))).toBeNull();
    }
    for (const tenant of ["", "x".repeat(100_000)]) {
      expect(mask("robert", within({ tenant }))).toMatch(TOKEN);
    }
  });

  it("that fail take the value away, and are counted", () => {
    const failures: string[] = [];
    const options = { keys: sealed, onFailure: (failure: string) => failures.push(failure) };
    const { mask, tokensOf } = createHmacMask(options);
    expect(mask("robert", context)).toBeNull();
    expect(failures).toEqual(["keys"]);
    expect(() => tokensOf("robert", context)).toThrow("vault is sealed");
  });

  it("stay right while the cache forgets", () => {
    const remembering = createHmacMask({ keys, cached: 2 }).mask;
    for (const name of ["a", "b", "c", "a", "c", "b", "a"]) {
      expect(remembering(name, context)).toBe(mask(name, context));
    }
  });

  it.each([
    ["no root", []],
    ["a weak root", [{ id: "k1", secret: Buffer.alloc(32) }]],
    ["a short root", [{ id: "k1", secret: randomBytes(16) }]],
    ["an id with a colon", [{ ...root, id: "k:1" }]],
    ["two of one id", [root, { ...other, id: "k1" }]],
    ["an unknown algorithm", [{ ...root, algorithm: "md6" as MaskAlgorithm }]],
  ])("are not made of %s", (_name, roots) => {
    expect(() => createRootMaskKeys({ roots })).toThrow(invalid);
  });
});
