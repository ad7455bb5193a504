import { createHash, createPrivateKey } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { crc32c } from "../../../../runtime/audit/spool/crc32c.js";
import { createFrame, fieldsOf, frameAt, framesOf } from "../../../../runtime/audit/spool/frame.js";
import { createGaps } from "../../../../runtime/audit/spool/gaps.js";
import { createMissingNumbers } from "../../../../runtime/audit/spool/missing-numbers.js";
import {
  createNoteSigner,
  openNote,
  signNote,
} from "../../../../runtime/audit/spool/signed-note.js";
import { appendLeaf, rootOf } from "../../../../runtime/audit/spool/tree.js";
import type { Tree } from "../../../../runtime/audit/spool/tree.js";

// Key 1 of RFC 8032, section 7.1.
const privateKey = createPrivateKey({
  key: {
    kty: "OKP",
    crv: "Ed25519",
    d: "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
    x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
  },
  format: "jwk",
});

describe("CRC-32C", () => {
  // RFC 3720, appendix B.4, and the check value of the catalogue of CRCs.
  it.each([
    [Buffer.alloc(32), 0x8a9136aa],
    [Buffer.alloc(32, 0xff), 0x62a8ab43],
    [Buffer.from(Array.from({ length: 32 }, (_, index) => index)), 0x46dd794e],
    [Buffer.from(Array.from({ length: 32 }, (_, index) => 31 - index)), 0x113fdb5c],
    [Buffer.from("123456789"), 0xe3069283],
    [Buffer.alloc(0), 0],
  ])("of %j", (bytes, sum) => {
    expect(crc32c(bytes, 0, bytes.length)).toBe(sum);
    const padded = Buffer.concat([Buffer.from("ab"), bytes, Buffer.from("c")]);
    expect(crc32c(padded, 2, padded.length - 1)).toBe(sum);
  });
});

describe("the tree", () => {
  it("has the root that RFC 9162, section 2.1.1, defines, at every size", () => {
    const tree: Tree = { size: 0, heads: [] };
    const leaves: Buffer[] = [];
    for (let size = 0; size <= 70; size += 1) {
      expect(rootOf(tree)).toEqual(slowRoot(leaves));
      const leaf = Buffer.from(`leaf ${size}`);
      leaves.push(leaf);
      appendLeaf(tree, Buffer.concat([Buffer.from([0]), leaf]));
    }
  });
});

describe("a note", () => {
  it("is what C2SP signed-note describes", () => {
    const signer = createNoteSigner("example.com/log", privateKey);
    const [name, id, encoded = ""] = signer.verifierKey.split("+");
    expect([name, id]).toEqual([
      "example.com/log",
      sha256("example.com/log\n\x01", rawKey()).toString("hex").slice(0, 8),
    ]);
    expect(Buffer.from(signer.verifierKey.slice(`${name}+${id}+`.length), "base64")).toEqual(
      Buffer.concat([Buffer.from([1]), rawKey()]),
    );
    expect(encoded).not.toBe("");
    const note = signNote("one\ntwo\n", [signer]);
    expect(note).toMatch(/^one\ntwo\n\n— example\.com\/log [A-Za-z0-9+/]{91}=\n$/);
    expect(openNote(note, [signer.verifierKey])).toEqual({
      text: "one\ntwo\n",
      verdict: "verified",
    });
  });

  it("is refused for any change, and by whoever has another key", () => {
    const signer = createNoteSigner("log", privateKey);
    const other = createNoteSigner("other", privateKey);
    const note = signNote("text\n", [signer]);
    const open = (changed: string) => openNote(changed, [signer.verifierKey]).verdict;
    expect(open(note.replace("text", "next"))).toBe("forged");
    expect(open("no note")).toBe("forged");
    expect(open(`${note}junk\n`)).toBe("forged");
    expect(open(signNote("text\n", [other]))).toBe("unknown-key");
    expect(open(signNote("text\n", []))).toBe("unknown-key");
    expect(open(signNote("text\n", [other, signer]))).toBe("verified");
    for (const key of ["", "log+00000000+AAAA", signer.verifierKey.replace("log", "lag")])
      expect(() => openNote(note, [key])).toThrow("no verifier key");
    expect(() => createNoteSigner("two words", privateKey)).toThrow("no name");
  });
});

const fields = fc.record({
  kind: fc.constantFrom("event" as const, "gap" as const, "checkpoint" as const),
  epoch: fc.nat(),
  sequence: fc.maxSafeNat(),
  category: fc.string({ maxLength: 20 }),
  id: fc.string({ maxLength: 60 }),
  line: fc.string({ unit: "grapheme", maxLength: 200 }),
});

describe("a frame", () => {
  it("comes back as it was written, and none of its parts passes for one", () => {
    fc.assert(
      fc.property(fields, fc.nat(), (given, seed) => {
        const bytes = createFrame(given);
        const frame = frameAt(bytes, 0);
        expect(frame && fieldsOf(bytes, frame)).toEqual(given);
        const cut = seed % bytes.length;
        expect(frameAt(bytes.subarray(0, cut), 0)).toBeUndefined();
        bytes[cut] = (bytes[cut] ?? 0) ^ (1 << (seed % 8));
        expect(frameAt(bytes, 0)).toBeUndefined();
      }),
    );
  });

  it("is found behind whatever does not belong there", () => {
    fc.assert(
      fc.property(
        fc.array(fields, { maxLength: 6 }),
        fc.uint8Array({ maxLength: 80 }),
        (all, junk) => {
          const parts = all.flatMap((given) => [createFrame(given), Buffer.from(junk)]);
          const bytes = Buffer.concat([Buffer.from(junk), ...parts]);
          const found = [...framesOf(bytes, 0)].flatMap((item) =>
            item.kind === "damage" || item.kind === "tail" ? [] : [fieldsOf(bytes, item)],
          );
          expect(found).toEqual(all);
        },
      ),
    );
  });

  it("cannot be written by whoever writes the text of an event", () => {
    const inner = createFrame({
      kind: "event",
      epoch: 1,
      sequence: 1,
      category: "a",
      id: "b",
      line: "c",
    });
    const line = inner.toString("latin1") + inner.toString("utf8");
    const bytes = createFrame({ kind: "event", epoch: 1, sequence: 2, category: "", id: "", line });
    bytes[30] = (bytes[30] ?? 0) ^ 1;
    expect([...framesOf(bytes, 0)].map(({ kind }) => kind)).toEqual(["tail"]);
  });
});

describe("gaps", () => {
  it("tell of exactly the numbers that have no frame", () => {
    const fates = fc.constantFrom("kept" as const, "dropped" as const, "rejected" as const);
    fc.assert(
      fc.property(fc.array(fates, { maxLength: 60 }), (all) => {
        const gaps = createGaps();
        const missing = createMissingNumbers(0);
        for (const [index, fate] of all.entries()) {
          if (fate === "kept") missing.event(index + 1, { segment: 1, offset: index });
          else gaps.add({ category: "cat", fate, reason: "full" }, index + 1);
        }
        for (const line of gaps.take(10)) missing.gap(JSON.parse(line));
        const { missing: without, told } = missing.sums(all.length);
        expect([without, told]).toEqual([told, all.filter((fate) => fate !== "kept").length]);
        expect(missing.unexplained(all.length)).toEqual([]);
      }),
    );
  });

  it("that tell of too little leave the rest unexplained", () => {
    const missing = createMissingNumbers(2);
    missing.event(3, { segment: 1, offset: 3 });
    missing.event(9, { segment: 1, offset: 9 });
    missing.gap({ category: "cat", count: 2, fate: "dropped", from: 5, reason: "full", to: 6 });
    const at = { segment: 1, offset: 9 };
    expect(missing.unexplained(11)).toEqual([
      { from: 4, to: 4, at },
      { from: 7, to: 8, at },
      { from: 10, to: 11, at: undefined },
    ]);
    expect(missing.event(9, at)).toBe(false);
  });
});

function slowRoot(leaves: readonly Buffer[]): Buffer {
  const [first] = leaves;
  if (first === undefined) return sha256("");
  if (leaves.length === 1) return sha256("\x00", first);
  let half = 1;
  while (half * 2 < leaves.length) half *= 2;
  return sha256("\x01", slowRoot(leaves.slice(0, half)), slowRoot(leaves.slice(half)));
}

function sha256(...parts: readonly (string | Buffer)[]): Buffer {
  return createHash("sha256")
    .update(Buffer.concat(parts.map((part) => Buffer.from(part))))
    .digest();
}

function rawKey(): Buffer {
  return Buffer.from("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "base64url");
}
