import type { Mask } from "@gatewright/runtime/masks";
import {
  createCardMask,
  createEmailMask,
  createIpMask,
  createNameMask,
  createPhoneMask,
} from "@gatewright/runtime/masks";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createAnyCardMask } from "../../../runtime/masks/card.js";
import { maskAnyEmail } from "../../../runtime/masks/email.js";
import { maskAnyIp } from "../../../runtime/masks/ip.js";
import { shortCutOf } from "../../../runtime/masks/mask.js";
import { maskAnyName } from "../../../runtime/masks/name.js";
import { createAnyPhoneMask } from "../../../runtime/masks/phone.js";
import { context } from "./every-mask.js";
import { hostileValues } from "./hostile-values.js";

interface Shortened {
  readonly name: string;
  readonly mask: Mask;
  /** The mask without its short cut. */
  readonly whole: Mask;
  /** What the short cut is for. */
  readonly usual: readonly string[];
  /** Texts that are, or nearly are, what the short cut is for. */
  readonly near: fc.Arbitrary<string>;
}

/** Parts side by side, as a text. */
function textOf(parts: readonly string[], length: number): fc.Arbitrary<string> {
  return fc
    .array(fc.constantFrom(...parts), { minLength: 1, maxLength: length })
    .map((all) => all.join(""));
}

const OCTETS = ["0", "1", "00", "01", "9", "99", "100", "199", "249", "250", "255", "256", "300"];
const ipLike = fc.oneof(
  fc.ipV4(),
  fc.ipV6(),
  fc
    .array(fc.constantFrom(...OCTETS, "", "1e1", "０", "-1"), { minLength: 3, maxLength: 5 })
    .map((octets) => octets.join(".")),
  textOf(["1", "25", ".", " ", ":", "::ffff:", "/24", "%eth0", "\n"], 12),
);

const digits = (minLength: number, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(..."0123456789"), minLength, maxLength });

const cardLike = fc.oneof(
  digits(10, 21).map(withLuhn),
  digits(10, 21),
  fc
    .tuple(digits(11, 19).map(withLuhn), fc.integer({ min: 1, max: 6 }), fc.constantFrom(" ", "-"))
    .map(([number, size, sign]) =>
      number.replaceAll(RegExp(`(.{${size}})(?=.)`, "g"), `$1${sign}`),
    ),
  textOf(["4111", "1111", "11", "0", " ", "-", "  ", "\t", "\u00a0", "\u200b", "４", "x"], 9),
);

function withLuhn(number: string): string {
  const found = [..."0123456789"].find((last) => {
    const terms = [...`${number}${last}`].toReversed().map((digit, place) => {
      const doubled = Number(digit) * 2;
      return place % 2 === 0 ? Number(digit) : doubled > 9 ? doubled - 9 : doubled;
    });
    return terms.reduce((sum, term) => sum + term, 0) % 10 === 0;
  });
  return `${number}${found}`;
}

const phoneLike = fc.oneof(
  digits(6, 17).map((number) => `+${number}`),
  digits(6, 17).map((number) => `00${number}`),
  digits(6, 17),
  textOf(["+", "49", "1", "210", "999", "0", "(0)", " ", "-", "/", ".", "＋", "٣", "x"], 12),
);

const LOCALS = ["a", "Z", "9", ".", "-", "_", "+", "'", '"', "\\", " ", "@", "é", "王", "\u0301"];
const LABELS = [
  "a",
  "b1",
  "-",
  "--",
  ".",
  "xn--",
  "xn",
  "com",
  "COM",
  "9",
  "_",
  "@",
  " ",
  "é",
  "。",
];
const emailLike = fc.oneof(
  fc.emailAddress(),
  fc.tuple(textOf(LOCALS, 6), textOf(LABELS, 8)).map((parts) => parts.join("@")),
  fc
    .tuple(fc.nat(80), fc.nat(80), fc.nat(80))
    .map(([a, b, c]) => `${"a".repeat(a)}@${"b".repeat(b)}.${"c".repeat(c)}`),
  fc.nat(140).map((labels) => `abc@${"d.".repeat(labels)}de`),
);

const nameLike = textOf(
  ["J", "a", "é", " ", "\t", "\u0301", "\u200d", "'", '"', "1", "王", "👩‍👩‍👧", "\ud83d", "\u200b"],
  6,
);

const shortened: readonly Shortened[] = [
  {
    name: "ip",
    mask: createIpMask(),
    whole: maskAnyIp,
    usual: ["192.0.2.17", "0.0.0.0", "255.255.255.255"],
    near: ipLike,
  },
  ...(["luhn", "none"] as const).map((checksum) => ({
    name: `card, ${checksum}`,
    mask: createCardMask({ checksum }),
    whole: createAnyCardMask({ checksum }),
    usual: ["4111 1111 1111 1111", "4111-1111-1111-1111", "378282246310005"],
    near: cardLike,
  })),
  {
    name: "email",
    mask: createEmailMask(),
    whole: maskAnyEmail,
    usual: ["jane.doe@example.com", "Jane_D+tag@mail.example.co.uk", "j-d@a-b.example"],
    near: emailLike,
  },
  ...[undefined, "44"].map((country) => ({
    name: `phone, ${country}`,
    mask: createPhoneMask(country === undefined ? {} : { country }),
    whole: createAnyPhoneMask({ country }),
    usual: ["+49301234567", "+1 415-555-2671", "+8613800138000"],
    near: phoneLike,
  })),
  {
    name: "name",
    mask: createNameMask(),
    whole: maskAnyName,
    usual: ["Jane Doe", "li"],
    near: nameLike,
  },
];

const anything = fc.oneof(
  fc.anything({ withBigInt: true, withDate: true, withMap: true, withTypedArray: true }),
  fc.string({ unit: "binary" }),
  fc.string({ unit: fc.nat(0xff).map((unit) => String.fromCharCode(unit)) }),
);

describe.each(shortened)("The short cut of $name", ({ mask, whole, usual, near }) => {
  const agrees = (value: unknown) => {
    expect(mask(value, context)).toBe(whole(value, context));
  };

  it.each(usual)("is taken for %s", (value) => {
    expect(shortCutOf(mask)?.(value)).toBe(whole(value, context));
  });

  it("gives what the mask gives, for any value", () => {
    fc.assert(fc.property(anything, agrees), { numRuns: 500 });
  });

  it.each(hostileValues)("gives what the mask gives: %s", (_name, hostile) => {
    agrees(hostile());
  });

  it("gives what the mask gives, for values near to the usual ones", () => {
    fc.assert(fc.property(near, agrees), { numRuns: 3000 });
    for (const value of usual) {
      const place = fc.nat(value.length);
      const unit = fc.nat(0xffff).map((code) => String.fromCharCode(code));
      const changed = fc.tuple(place, fc.nat(2), fc.oneof(unit, fc.string({ maxLength: 1 })));
      const edited = changed.map(
        ([at, cut, put]) => value.slice(0, at) + put + value.slice(at + cut),
      );
      fc.assert(fc.property(edited, agrees), { numRuns: 500 });
    }
  });

  it("gives texts that JSON need not escape", () => {
    fc.assert(
      fc.property(near, (value) => {
        const short = shortCutOf(mask)?.(value) ?? "";
        expect(short).toMatch(/^[ -~]*$/);
        expect(JSON.stringify(short)).toBe(`"${short}"`);
      }),
      { numRuns: 1000 },
    );
  });
});
