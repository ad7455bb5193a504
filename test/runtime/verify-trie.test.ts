import { createHash } from "node:crypto";
import { GateError, loadSnapshot, locate, verifySnapshot } from "@gatewright/runtime";
import { describe, expect, it } from "vitest";
import { compileSnapshot } from "../agreement/compile-policy.js";

const text = `gatewright: 1
router: { maxPathLength: 8192 }
routes:
  /orders: { GET: public, HEAD: public }
  /orders/:id: { GET: public }
  /people/:a/:b/:c/:d/:e/:f/:g/:h: { GET: public }
`;
const good = compileSnapshot([{ path: "policies/a.yaml", text }]);

type Body = typeof good;

/** As who can write any file would: the digest fits. */
function sealed(change: Partial<Body>): Body {
  const { digest: _, ...body } = { ...good, ...change };
  const computed = createHash("sha256").update(JSON.stringify(body)).digest("hex");
  return { ...body, digest: `sha256:${computed}` };
}

function withWords(change: (words: number[], list: number) => void): Body {
  const bytes = Buffer.from(good.trie.words, "base64");
  const words = Array.from({ length: bytes.length / 4 }, (_, row) => bytes.readInt32LE(row * 4));
  // The list of `/orders`: two bindings, of GET (method 0) and HEAD (method 1).
  const list = words.findIndex((word, at) => {
    const [get = -1, head = -1] = words.slice(at + 1, at + 3).map((binding) => binding & 31);
    return word === 2 && get === 0 && head === 1;
  });
  change(words, list);
  const changed = Buffer.alloc(words.length * 4);
  words.forEach((word, row) => changed.writeInt32LE(word, row * 4));
  return sealed({ trie: { ...good.trie, words: changed.toString("base64") } });
}

function swapBindings(words: number[], list: number): void {
  words.splice(list + 1, 2, words[list + 2] ?? 0, words[list + 1] ?? 0);
}

function refusal(value: unknown): string | undefined {
  try {
    verifySnapshot(value);
    return undefined;
  } catch (error) {
    if (error instanceof GateError) return error.code;
    throw error;
  }
}

function withPathLength(maxPathLength: number): Body {
  return sealed({ router: { ...good.router, maxPathLength } });
}

describe("verifySnapshot, of the trie and the longest path", () => {
  it("passes what the compiler made", () => {
    expect(verifySnapshot(JSON.parse(JSON.stringify(good)))).toEqual(good);
    expect(good.methods).toEqual(["GET", "HEAD"]);
  });

  it("refuses methods of a place that do not ascend, which would give HEAD to the rule of GET", () => {
    const swapped = withWords(swapBindings);
    const met = [good, swapped].map((each) => locate(loadSnapshot(each), "HEAD", "/orders").route);
    expect(met[0]).not.toBe(met[1]);
    expect(refusal(swapped)).toBe("snapshot-invalid");
  });

  it("refuses a method that is bound twice at a place", () => {
    const twice = withWords((words, list) => words.splice(list + 2, 1, words[list + 1] ?? 0));
    expect(refusal(twice)).toBe("snapshot-invalid");
  });

  it("refuses methods in another order than by name", () => {
    expect(refusal(sealed({ methods: good.methods.toReversed() }))).toBe("snapshot-invalid");
  });

  it.each([-1, 0, 0.5, 8193, 2 ** 40])("refuses paths of up to %s characters", (length) => {
    expect(refusal(withPathLength(length))).toBe("snapshot-invalid");
  });

  it.each([1, 64, 8192])("passes paths of up to %s characters", (length) => {
    expect(refusal(withPathLength(length))).toBeUndefined();
  });
});
