import {
  createCardMask,
  createCustomMask,
  createDateMask,
  createEmailMask,
  createHmacMask,
  createNameMask,
  createPhoneMask,
  createResidentIdMask,
} from "@gatewright/runtime/masks";
import type { CustomMaskOptions, Mask } from "@gatewright/runtime/masks";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { context, everyMask, keys, ofText } from "./every-mask.js";

// The leak classes are those of other maskers, by the names under which they were found.

const textMasks: readonly (readonly [name: string, mask: Mask])[] = [
  ["card", createCardMask()],
  ["email", createEmailMask()],
  ["hmac", createHmacMask({ keys }).mask],
  ["name", createNameMask()],
  ["phone", createPhoneMask()],
  ["resident-id", createResidentIdMask()],
];

/** In the forms that a secret leaks in. Of three characters or fewer, a mask's own text may hold it by chance. */
function formsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  const digits = secret.replace(/\D/g, "");
  return [
    secret,
    secret.toLowerCase(),
    secret.toUpperCase(),
    encodeURIComponent(secret.toWellFormed()),
    bytes.toString("base64").replace(/=+$/, ""),
    bytes.toString("base64url"),
    bytes.toString("hex"),
    JSON.stringify(secret).slice(1, -1),
    bytes.join(","),
    [...secret].toReversed().join(""),
    digits,
  ].filter((form) => form.length > 4);
}

const secretTexts = fc.oneof(
  fc.string({ minLength: 6, maxLength: 40 }),
  fc.string({ unit: "grapheme", minLength: 6, maxLength: 40 }),
  fc.stringMatching(/^\d{6,30}$/),
);

describe.each(ofText)("no form of a secret comes out of $name", ({ mask }) => {
  it("whatever text it is", () => {
    fc.assert(
      fc.property(secretTexts, (secret) => {
        const masked = String(mask(secret, context));
        const leaks = formsOf(secret).filter((form) => masked.includes(form));
        // A fixed shape, like `***@***`, holds nothing of what it stands for.
        expect(leaks.filter((form) => form !== mask("", context))).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});

describe("Number for card", () => {
  it("shows no digit of a number, which may have lost some", () => {
    for (const value of [4_111_111_111_111_111, 4.1e15, 6.2123456789e18, 4111111111111111n]) {
      expect(createCardMask()(value, context)).toBe("**** **** **** ****");
    }
  });
});

describe("Unicode digits", () => {
  const zeros = [0x30, 0x660, 0x6f0, 0x966, 0x9e6, 0x104a0, 0x1d7ce, 0x1d7f6, 0x1fbf0, 0xff10];
  it.each(zeros)("are read by their value: those from code point %d", (zero) => {
    const written = (text: string) =>
      text.replace(/\d/g, (digit) => String.fromCodePoint(zero + Number(digit)));
    expect(createCardMask()(written("4012888888881881"), context)).toBe("**** **** **** 1881");
    expect(createPhoneMask()(written("+8613800138012"), context)).toBe("+86 *** **12");
    const id = createResidentIdMask()(written("440524188001010014"), context);
    expect(id).toBe("4****************4");
  });
});

describe("Separators", () => {
  it.each([
    " ",
    "-",
    "\u00a0",
    "\u2010",
    "\u200b",
    "\u2060",
    "\ufeff",
    "\u00ad",
    "\u2212",
    "\u202e",
  ])("are left out: %j", (separator) => {
    const card = "4012 8888 8888 1881".replaceAll(" ", separator);
    expect(createCardMask()(card, context)).toBe("**** **** **** 1881");
    expect(createPhoneMask()(`+86${separator}138${separator}00138012`, context)).toBe(
      "+86 *** **12",
    );
  });
});

describe("Non-BMP, combining, lone surrogate", () => {
  it.each(textMasks)("%s never cuts a character", (_name, mask) => {
    for (const text of [
      "👩🏽‍🚀obert",
      "e\u0301mile",
      "\ud83d",
      "a\udc00b@example.com",
      "𠮷田一郎",
    ]) {
      for (const value of [text, `${text}@example.com`]) {
        expect(String(mask(value, context)).isWellFormed()).toBe(true);
      }
    }
  });
});

describe("Short values", () => {
  it.each(textMasks)("%s shows at most one of up to six characters", (name, mask) => {
    if (name === "hmac") return;
    for (const text of ["1", "12", "123", "1234", "12345", "123456"]) {
      const shown = String(mask(text, context)).replaceAll(/[*@ ]/g, "");
      expect(shown).toBe(name === "name" && text.length > 1 ? "1" : "");
    }
  });
});

describe("Length", () => {
  it.each([
    ["card", createCardMask(), ["501800000009", "4012888888881881", "6212345678900000003", "1"]],
    ["hmac", createHmacMask({ keys }).mask, ["", "a", "a".repeat(1024)]],
    ["name", createNameMask(), ["Al", "Alexandrina", "A".repeat(5000), "", "A"]],
    ["email", createEmailMask(), ["abc@example.com", "abcdefghijklmno@example.com"]],
    ["phone", createPhoneMask(), ["+44207946", "+442079460958", "+44207946095812"]],
    ["resident-id", createResidentIdMask(), ["11010519491231002X", "110105491231002", "1"]],
  ] as const)("%s has one for secrets of different lengths", (_name, mask, texts) => {
    const lengths = texts.map((text) => String(mask(text, context)).length);
    expect(new Set(lengths).size).toBe(1);
  });
});

describe("Marker forging", () => {
  const forged = [`h1:k1:${"S".repeat(22)}`, "[MASKED]", '{"$mask":"null"}', "***@***", "S**"];
  it.each(ofText)("is masked like any text: $name", ({ mask, method }) => {
    for (const marker of [...forged, { $mask: "null" }, ["h1:k1:S"]]) {
      const masked = mask(marker, context);
      // Both are what the mask makes of texts that are no address and no name.
      if (marker === "***@***" && method === "email") expect(masked).toBe(mask("", context));
      else if (marker === "S**" && method === "name") expect(masked).toBe(mask("Secret", context));
      else expect(masked).not.toBe(marker);
      expect(String(masked)).not.toContain("SSSS");
    }
  });
});

describe("Mask function throws / regex stalls", () => {
  it.each([
    [
      "throws",
      () => {
        throw new Error("S");
      },
      "threw",
    ],
    ["gives a promise", async () => "S", "result"],
    [
      "gives a promise that is rejected",
      async () => {
        throw new Error("S");
      },
      "result",
    ],
    ["gives nothing", () => undefined, "result"],
    ["gives an object", () => ({ toString: () => "S" }), "result"],
    ["gives NaN", () => Number.NaN, "result"],
    ["gives the value back", (value: string) => value, "result"],
    ["gives much text", (value: string) => value.repeat(100), "result"],
  ])("takes the value away, and counts it, where the function %s", (_name, broken, failure) => {
    const { mask, failures } = count(broken);
    expect(mask("secret", context)).toBeNull();
    expect(failures).toEqual([failure]);
  });

  it("takes a number away that comes back as text", () => {
    expect(count(String).mask(1234, context)).toBeNull();
  });

  it("asks the function for no text that could stall it", () => {
    const { mask, failures } = count(isSlow);
    expect(mask(`${"a".repeat(1_048_576)}!`, context)).toBeNull();
    expect(failures).toEqual(["too-long"]);
  });

  it("does not fail where the count does", () => {
    const mask = createCustomMask({ mask: () => Number.NaN, onFailure: fail });
    expect(mask("secret", context)).toBeNull();
  });

  it("makes what the function gives well-formed", () => {
    expect(createCustomMask({ mask: () => "a\ud800" })("secret", context)).toBe("a\ufffd");
  });
});

describe("a context that is broken", () => {
  it.each(everyMask)("makes $name throw nothing", ({ mask, value }) => {
    for (const broken of [undefined, null, {}, { tenant: 1, field: {}, now: "x" }]) {
      expect(() => mask(value, broken as never)).not.toThrow();
    }
    const born = createDateMask({ show: "age", bounds: [18] });
    expect(born("1984-01-01", { ...context, now: Number.NaN })).toBeNull();
  });
});

/** A custom mask, and the failures that it was counted for. */
function count(mask: (value: never) => unknown): {
  readonly failures: readonly string[];
  readonly mask: Mask;
} {
  const failures: string[] = [];
  const options = { mask, onFailure: (failure: string) => failures.push(failure) };
  return { failures, mask: createCustomMask(options as unknown as CustomMaskOptions) };
}

/** Takes time without bound for a long row of `a` that does not end so. */
function isSlow(text: string): string {
  return /^(a+)+$/.test(text) ? "yes" : "no";
}

function fail(): never {
  throw new Error("S");
}
