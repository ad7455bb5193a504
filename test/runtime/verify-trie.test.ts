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

function withTrie(column: keyof Body["trie"], change: (words: number[]) => void): Body {
  const bytes = Buffer.from(good.trie[column], "base64");
  const words = Array.from({ length: bytes.length / 4 }, (_, row) => bytes.readInt32LE(row * 4));
  change(words);
  const changed = Buffer.alloc(words.length * 4);
  words.forEach((word, row) => changed.writeInt32LE(word, row * 4));
  return sealed({ trie: { ...good.trie, [column]: changed.toString("base64") } });
}

/** Terminals are [first, count]; the one with two bindings is that of `/orders`. */
function swapBindings(words: number[]): void {
  const [get = 0, getRoute = 0, head = 0, headRoute = 0] = words.splice(0, 4);
  words.unshift(head, headRoute, get, getRoute);
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
    const swapped = withTrie("bindings", swapBindings);
    const met = [good, swapped].map((each) => locate(loadSnapshot(each), "HEAD", "/orders").route);
    expect(met[0]).not.toBe(met[1]);
    expect(refusal(swapped)).toBe("snapshot-invalid");
  });

  it("refuses a method that is bound twice at a place", () => {
    const twice = withTrie("bindings", (words) => words.splice(2, 1, words[0] ?? 0));
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

  it("refuses, without looking for a free place for ever, nodes that share their edges", () => {
    const shared = withTrie("nodes", (words) => {
      for (let row = 7; row < words.length; row += 7) words.splice(row, 2, 0, words[1] ?? 0);
    });
    expect(refusal(shared)).toBe("snapshot-invalid");
  });
});
