import { decide, loadSnapshot, locate, maskOf, methodNumber } from "@gatewright/runtime";
import { describe, expect, it } from "vitest";
import { compileSnapshot } from "../agreement/compile-policy.js";

// 31 * 65 + 97 = 31 * 66 + 66: the hash of the walk takes these for one.
const twins = ["Aa", "BB"] as const;

function load(paths: readonly string[], router: string) {
  const routes = paths.map((path) => `  ${path}: { GET: public }\n`).join("");
  const text = `gatewright: 1\nrouter: { ${router} }\nroutes:\n${routes}`;
  return loadSnapshot(compileSnapshot([{ path: "policies/a.yaml", text }]));
}

function routeAt(snapshot: ReturnType<typeof load>, target: string): string | undefined {
  const { route } = locate(snapshot, "GET", target);
  return snapshot.source.routes[route]?.id;
}

describe("the walk", () => {
  it("does not take a segment for a literal of the same length and hash", () => {
    const snapshot = load([`/${twins[0]}`, "/other"], "caseSensitive: true");
    expect(routeAt(snapshot, `/${twins[0]}`)).toBe(`GET /${twins[0]}`);
    expect(routeAt(snapshot, `/${twins[1]}`)).toBeUndefined();
    const { mask } = maskOf(snapshot, []);
    expect(decide(snapshot, methodNumber(snapshot, "GET"), `/${twins[1]}`, mask)).toBe(-1);
  });

  it("tells two literals of the same length and hash apart", () => {
    const snapshot = load(
      twins.map((twin) => `/${twin}`),
      "caseSensitive: true",
    );
    for (const twin of twins) expect(routeAt(snapshot, `/${twin}`)).toBe(`GET /${twin}`);
  });

  it("reads nothing of the target before", () => {
    const snapshot = load(["/orders", "/orders/1/items", "/"], "strict: true");
    expect(routeAt(snapshot, "/orders/1/items")).toBe("GET /orders/1/items");
    expect(routeAt(snapshot, "/orders")).toBe("GET /orders");
    expect(routeAt(snapshot, "/orders/1")).toBeUndefined();
    expect(routeAt(snapshot, "/orders/1/item")).toBeUndefined();
    expect(routeAt(snapshot, "/?orders/1/items")).toBe("GET /");
  });

  it("folds case in ASCII, and only where the router does", () => {
    expect(routeAt(load(["/orders"], "caseSensitive: false"), "/ORDERS")).toBe("GET /orders");
    expect(routeAt(load(["/orders"], "caseSensitive: true"), "/ORDERS")).toBeUndefined();
  });
});
