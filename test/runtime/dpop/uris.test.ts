import { describe, expect, it } from "vitest";
import { client, policyWith, token, useDpopDesk } from "./dpop-desk.js";
import { ORIGIN, bound, proofFor } from "./proof-maker.js";

const { open, outcomes } = useDpopDesk();

const at = (htu: unknown, target = "/orders", headers: Readonly<Record<string, string>> = {}) => ({
  ...bound(token, proofFor(client, token, { claims: { htu } }), headers),
  target,
});

describe("V23: the URI of a proof", () => {
  it("is that of the request, query and fragment left aside", async () => {
    const requests = [
      at(`${ORIGIN}/orders`, "/orders?page=2"),
      at(`${ORIGIN}/orders?page=3#top`),
      at("HTTP://DESK.example/orders"),
      at(`${ORIGIN}:80/orders`),
      at(`${ORIGIN}/orders`, "/orders", { Host: "desk.example:80" }),
      at(`${ORIGIN}/orders/%7ea%2fb%c3%bc`, "/orders/~a%2Fb%C3%BC"),
      at(`${ORIGIN}/./x/../orders`),
    ];
    const expected = requests.map((_, index) => (index === 5 ? 400 : 200));
    // An encoded slash is refused before anything is read of a token.
    expect((await outcomes(...requests)).map((found) => [found].flat()[0])).toEqual(expected);
    expect(await outcomes(at(`${ORIGIN}/orders/%7ea%c3%bc`, "/orders/~a%C3%BC"))).toEqual([200]);
  });

  it("and no other: host, path, scheme, and a port unless it is the scheme's own", async () => {
    const others = [
      "http://other.example/orders",
      "http://desk.example.other.example/orders",
      "https://desk.example/orders",
      "http://desk.example:443/orders",
      "https://desk.example:443/orders",
      "http://desk.example:8080/orders",
      `${ORIGIN}/Orders`,
      `${ORIGIN}/orders/`,
      `${ORIGIN}//orders`,
      `${ORIGIN}/orders/7`,
      `${ORIGIN}/order%73s`,
      "http://user@desk.example/orders",
      "http://desk.example\\orders",
      " http://desk.example/orders",
      "http:desk.example/orders",
      "//desk.example/orders",
      "/orders",
      "",
      undefined,
      [`${ORIGIN}/orders`],
    ];
    expect(await outcomes(...others.map((htu) => at(htu)))).toEqual(
      others.map(() => [401, "dpop:uri"]),
    );
  });

  it("is not what an untrusted client says of proxies", async () => {
    const told = { "X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example" };
    expect(await outcomes(at("https://evil.example/orders", "/orders", told))).toEqual([
      [401, "dpop:uri"],
    ]);
  });

  it("is what trusted proxies say, port 443 being that of https", async () => {
    const told = { "X-Forwarded-Proto": "https", "X-Forwarded-Host": "desk.example" };
    await open(policyWith("router: { trustedProxies: 1 }"));
    const through = (htu: string, more = {}) =>
      at(htu, "/orders", { Host: "inner:8080", ...told, ...more });
    const requests = [
      through("https://desk.example/orders"),
      through("https://desk.example:443/orders"),
      // What the client put before what the proxy added is not believed.
      through("https://evil.example/orders", { "X-Forwarded-Host": "evil.example, desk.example" }),
      through("http://desk.example/orders"),
      through("https://desk.example:80/orders"),
      through("http://inner:8080/orders"),
    ];
    expect(await outcomes(...requests)).toEqual([
      200,
      200,
      ...[2, 3, 4, 5].map(() => [401, "dpop:uri"]),
    ]);
  });

  it("is of a declared origin, whatever the request says of its own", async () => {
    await open(policyWith('dpop: { origins: ["https://desk.example"] }'));
    const evil = { Host: "evil.example", "X-Forwarded-Host": "evil.example" };
    const requests = [
      at("https://desk.example:443/orders", "/orders", { Host: "10.0.0.7:8080" }),
      at("http://evil.example/orders", "/orders", evil),
      at("http://desk.example/orders"),
    ];
    expect(await outcomes(...requests)).toEqual([200, [401, "dpop:uri"], [401, "dpop:uri"]]);
  });
});
