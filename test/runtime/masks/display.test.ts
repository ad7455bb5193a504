import { inspect } from "node:util";
import {
  createBinaryMask,
  createBucketMask,
  createCardMask,
  createDateMask,
  createEmailMask,
  createIpMask,
  createNameMask,
  createNullOutMask,
  createPhoneMask,
  createResidentIdMask,
} from "@gatewright/runtime/masks";
import type { Mask, MaskResult } from "@gatewright/runtime/masks";
import { describe, expect, it } from "vitest";
import { context, keys } from "./every-mask.js";

const invalid = { code: "configuration-invalid" };

function masks(mask: Mask, rows: readonly (readonly [value: unknown, masked: MaskResult])[]): void {
  const named = rows.map((row) => [inspect(row[0]), inspect(row[1]), ...row] as const);
  it.each(named)("%s becomes %s", (_value, _masked, value, masked) => {
    expect(mask(value, context)).toBe(masked);
  });
}

const NO_CARD = "**** **** **** ****";

describe("null-out takes anything away", () => {
  masks(createNullOutMask(), [
    ["hunter2", null],
    [123, null],
    [true, null],
  ]);
});

describe("card: the last four of 12 to 19 digits, in one shape", () => {
  masks(createCardMask(), [
    ["4111111111111111", "**** **** **** 1111"],
    ["4111 1111 1111 1111", "**** **** **** 1111"],
    ["4111-1111-1111-1111", "**** **** **** 1111"],
    ["378282246310005", "**** **** **** 0005"],
    ["30569309025904", "**** **** **** 5904"],
    ["6212345678900000003", "**** **** **** 0003"],
    ["501800000009", "**** **** **** 0009"],
    ["4111111111111112", NO_CARD],
    ["4111 1111 1111 1111 123", NO_CARD],
    ["4111111111111111 exp 12/29 cvv 123", NO_CARD],
    ["41111111111", NO_CARD],
    ["41111111111111111115", NO_CARD],
    ["1234", NO_CARD],
    ["", NO_CARD],
    [4_111_111_111_111_111, NO_CARD],
    [4.1e15, NO_CARD],
    [4111111111111111n, NO_CARD],
  ]);
  it("needs no sum where the policy says so", () => {
    expect(createCardMask({ checksum: "none" })("4111111111111234", context)).toBe(
      "**** **** **** 1234",
    );
  });
});

describe("phone: the country code and the last two of 8 to 15 digits", () => {
  masks(createPhoneMask(), [
    ["13800138000", "+86 *** **00"],
    ["138 0013 8000", "+86 *** **00"],
    ["+8613800138012", "+86 *** **12"],
    ["0086 138-0013-8012", "+86 *** **12"],
    ["＋８６１３８００１３８０１２", "+86 *** **12"],
    ["12800138000", "***"],
    ["+1 (415) 555-2671", "+1 *** **71"],
    ["+7 495 123-45-67", "+7 *** **67"],
    ["+44 (0)20 7946 0958", "+44 *** **58"],
    ["+852 2123 4567", "+852 *** **67"],
    ["+290 22158", "+290 *** **58"],
    ["+1 415 55", "***"],
    ["+2901234", "***"],
    ["+1234567890123456", "***"],
    ["020 7946 0958", "***"],
    ["+1 415 555 2671 ext 99", "***"],
    ["+1;415;555;2671", "***"],
    ["++14155552671", "***"],
    ["14155552671+", "***"],
    ["+210 555 26 71", "***"],
    ["+999 555 26 71", "***"],
    ["+89 5555 26 71", "***"],
    [13_800_138_000, null],
  ]);
  it("reads a number without a country code where the policy names one", () => {
    const mask = createPhoneMask({ country: "44" });
    expect(mask("020 7946 0958", context)).toBe("+44 *** **58");
    expect(mask("+33 1 23 45 67 89", context)).toBe("+33 *** **89");
  });
  it.each(["", "0", "4", "999", "44x", "1415"])("knows no country %j", (country) => {
    expect(() => createPhoneMask({ country })).toThrow(expect.objectContaining(invalid));
  });
});

describe("email: the first grapheme and the domain", () => {
  masks(createEmailMask(), [
    ["robert@example.com", "r***@example.com"],
    [" robert@example.com\n", "r***@example.com"],
    ["bob+tag@mail.example.co.uk", "b***@mail.example.co.uk"],
    ["o'neil/ops@EXAMPLE.com", "o***@example.com"],
    ["bob@bücher.example", "b***@xn--bcher-kva.example"],
    ["bob@例え.テスト", "b***@xn--r8jz45g.xn--zckzah"],
    ["bob@ＥＸＡＭＰＬＥ。com", "b***@example.com"],
    ["王小明@example.com", "王***@example.com"],
    ['"john doe"@example.com', "j***@example.com"],
    ['"a@b c"@example.com', "a***@example.com"],
    ["👨‍👩‍👧ab@example.com", "👨‍👩‍👧***@example.com"],
    ["bo@example.com", "***@***"],
    ['"ab"@example.com', "***@***"],
    ["👨‍👩‍👧a@example.com", "***@***"],
    ["robert@localhost", "***@***"],
    ["robert@[192.0.2.1]", "***@***"],
    ["robert@192.0.2.1", "***@***"],
    ["robert@ex%61mple.com", "***@***"],
    ["robert@example.com, ann@example.org", "***@***"],
    ["Robert <robert@example.com>", "***@***"],
    ["robert@example.com?token=secret", "***@***"],
    ["@example.com", "***@***"],
    ["robert", "***@***"],
    [`${"a".repeat(65)}@example.com`, "***@***"],
    [42, null],
  ]);
});

describe("resident-id: the first and the last of 18 or 15", () => {
  const none = "******************";
  masks(createResidentIdMask(), [
    ["11010519491231002X", "1****************X"],
    ["11010519491231002x", "1****************X"],
    ["１１０１０５１９４９１２３１００２Ｘ", "1****************X"],
    ["110105 19491231 002X", "1****************X"],
    ["440524188001010014", "4****************4"],
    ["110105491231002", "1****************2"],
    ["110105194912310021", none],
    ["11010519491331002X", none],
    ["110105491331002", none],
    ["110105491231002X", none],
    ["X1010519491231002X", none],
    ["1101051949", none],
    ["", none],
    [440_524_188_001_010_014n, null],
  ]);
});

describe("name: the first grapheme, never the length", () => {
  masks(createNameMask(), [
    ["Robert", "R**"],
    ["王伟", "王**"],
    ["欧阳娜娜", "欧**"],
    ["  王伟", "王**"],
    ["J Smith", "J**"],
    ["é́mile", "é́**"],
    ["👩🏽‍🚀 Ann", "👩🏽‍🚀**"],
    ["नमस्ते", "न**"],
    ["王", "***"],
    ["王 ", "***"],
    ["王\u200b", "***"],
    ["👩🏽‍🚀", "***"],
    ["\u202eRobert", "***"],
    ["\ud800Robert", "***"],
    [`a${"\u0301".repeat(30)}bc`, "***"],
    ["", "***"],
    [["Robert"], null],
  ]);
});

describe("ip: the network", () => {
  masks(createIpMask(), [
    ["203.0.113.77", "203.0.113.0/24"],
    ["::ffff:203.0.113.77", "203.0.113.0/24"],
    ["::FFFF:cb00:714d", "203.0.113.0/24"],
    ["64:ff9b::203.0.113.77", "203.0.113.0/24"],
    ["2002:cb00:714d::1", "203.0.113.0/24"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"],
    ["2001:DB8:0001:2::", "2001:db8:1::/48"],
    ["2001:db8::1", "2001:db8::/48"],
    ["0:0:1:2:3:4:5:6", "0:0:1::/48"],
    ["::1", "::/48"],
    ["fe80::1%eth0", "fe80::/48"],
    ["203.0.113.77:443", null],
    ["203.0.113.0/24", null],
    ["0313.0.113.77", null],
    ["localhost", null],
    [3_405_803_853, null],
  ]);
});

describe("date: the year, or the band of the age", () => {
  masks(createDateMask({ show: "year" }), [
    ["1984-02-29", 1984],
    ["19840229", 1984],
    ["1984-02-29T23:59:59+08:00", 1984],
    ["1984-02-29 23:59", 1984],
    ["1983-02-29", null],
    ["1900-02-29", null],
    ["2000-02-29", 2000],
    ["1984-13-01", null],
    ["1984-04-31", null],
    ["1984-00-10", null],
    ["1984-02-29 by hand", null],
    ["29.02.1984", null],
    [446_860_800_000, null],
  ]);
  it("reads a Date in UTC, whatever it says of itself", () => {
    const lying = Object.assign(new Date("1984-12-31T23:59:59Z"), { getUTCFullYear: () => "S" });
    expect(createDateMask({ show: "year" })(new Date("1984-12-31T23:59:59Z"), context)).toBe(1984);
    expect([1984, null]).toContain(createDateMask({ show: "year" })(lying, context));
  });
  describe("on 15 June 2026", () => {
    masks(createDateMask({ show: "age", bounds: [18, 65] }), [
      ["2008-06-15", "18..<65"],
      ["2008-06-16", "<18"],
      ["1961-06-15", ">=65"],
      ["1961-06-16", "18..<65"],
      ["2026-06-15", "<18"],
      ["2026-06-16", null],
      ["1890-01-01", null],
    ]);
  });
  it.each([[[]], [[0]], [[18.5]], [[65, 18]], [[18, 18]], [[Number.NaN]], [[200]]])(
    "refuses the bounds %j",
    (bounds) => {
      const create = () => createDateMask({ show: "age", bounds });
      expect(create).toThrow(expect.objectContaining(invalid));
    },
  );
});

describe("bucket: between which bounds", () => {
  masks(createBucketMask({ bounds: [0, 10, 99.5] }), [
    [-1, "<0"],
    [-0, "0..<10"],
    [9.999, "0..<10"],
    [10, "10..<99.5"],
    [99n, "10..<99.5"],
    [100n, ">=99.5"],
    [1n << 5000n, ">=99.5"],
    [Number.MAX_VALUE, ">=99.5"],
    [Number.NaN, null],
    [Number.NEGATIVE_INFINITY, null],
    ["10", null],
    [true, null],
  ]);
  const many = Array.from({ length: 33 }, (_, index) => index);
  it.each([[[]], [[1, 1]], [[2, 1]], [[Number.NaN]], [[Number.POSITIVE_INFINITY]], [many]])(
    "refuses the bounds %j",
    (bounds) => {
      expect(() => createBucketMask({ bounds })).toThrow(expect.objectContaining(invalid));
    },
  );
});

describe("binary: the class of size, and a keyed hash where it is linked", () => {
  masks(createBinaryMask(), [
    [Buffer.alloc(0), "<1024"],
    [new Uint16Array(512), "1024..<32768"],
    [new ArrayBuffer(40_000_000), ">=33554432"],
    ["text", null],
    [new Proxy(new ArrayBuffer(8), { get: (_, key) => (key === "length" ? 8 : undefined) }), null],
    [{ length: 8, byteLength: 8, buffer: new ArrayBuffer(8) }, null],
  ]);
  it("links equal contents, in whatever array they are", () => {
    const mask = createBinaryMask({ keys });
    const [one, other] = [Buffer.from([1, 2, 3, 4]), new Uint32Array([0x04030201])];
    expect(mask(one, context)).toMatch(/^<1024 h1:k1:[\w-]{22}$/);
    expect(mask(other, context)).toBe(mask(one, context));
    expect(mask(Buffer.from([1, 2, 3]), context)).not.toBe(mask(one, context));
    expect(mask(Buffer.alloc(1_048_577), context)).toBe("1048576..<33554432");
  });
});
