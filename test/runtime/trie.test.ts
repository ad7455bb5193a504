import { decide, loadSnapshot, locate, maskOf, methodNumber } from "@gatewright/runtime";
import { describe, expect, it } from "vitest";
import { compileSnapshot } from "../agreement/compile-policy.js";

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
  it("tells literals that begin alike apart, and matches whole segments alone", () => {
    const paths = ["/order", "/orders", "/orders/open", "/organs", "/orders-old/all"];
    const snapshot = load(paths, "strict: true");
    for (const path of paths) expect(routeAt(snapshot, path)).toBe(`GET ${path}`);
    for (const path of ["/", "/o", "/or", "/orderss", "/orders-old", "/orders-open", "/organ/s"]) {
      expect(routeAt(snapshot, path)).toBeUndefined();
    }
    const { mask } = maskOf(snapshot, []);
    expect(decide(snapshot, methodNumber(snapshot, "GET"), "/orderss", mask)).toBe(-1);
  });

  it("comes back from a literal that begins like the segment", () => {
    const snapshot = load(["/a/orders/x", "/a/:id", "/a/:id/y"], "strict: true");
    expect(routeAt(snapshot, "/a/orders/x")).toBe("GET /a/orders/x");
    expect(routeAt(snapshot, "/a/ordering")).toBe("GET /a/:id");
    expect(routeAt(snapshot, "/a/orders/y")).toBe("GET /a/:id/y");
    expect(routeAt(snapshot, "/a/orders%20/y")).toBe("GET /a/:id/y");
    expect(routeAt(snapshot, "/a/orders/z")).toBeUndefined();
  });

  it("refuses what literals have in common where that is a dot segment", () => {
    const snapshot = load(["/..a/x", "/..b/:id"], "strict: false");
    expect(routeAt(snapshot, "/..b/x")).toBe("GET /..b/:id");
    for (const target of ["/../x", "/../..b/x", "/..b/..", "/..b/..?x", "/..b/../x"]) {
      expect(locate(snapshot, "GET", target).refusal).toBe("holds a dot segment");
    }
  });

  it("refuses behind what it has matched what it would refuse elsewhere", () => {
    const snapshot = load(["/a/:id", "/a/:id/b/:other"], "strict: false");
    expect(locate(snapshot, "GET", "/a/1//b").refusal).toBe("holds an empty segment");
    expect(locate(snapshot, "GET", "/a/1/b/2\\").refusal).toBe("holds a backslash");
    expect(locate(snapshot, "GET", "/a/1/b/2;x").refusal).toBe("holds a semicolon");
    expect(locate(snapshot, "GET", "/a/%41/b/2").refusal).toBe(
      "percent-encodes what needs no encoding",
    );
    expect(locate(snapshot, "GET", "?/a/1").refusal).toBe("starts with no slash");
    expect(locate(snapshot, "GET", "/a/1/?/a").path).toBe("/a/1");
  });

  it("matches literals that are percent-encoded", () => {
    const snapshot = load(['"/caf%C3%A9/:id"', "/orders"], "caseSensitive: true");
    expect(routeAt(snapshot, "/caf%C3%A9/1")).toBe("GET /caf%C3%A9/:id");
    expect(routeAt(snapshot, "/orders?x")).toBe("GET /orders");
    expect(locate(snapshot, "GET", "/caf%c3%a9/1").refusal).toBe(
      "meets another rule in another spelling",
    );
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
