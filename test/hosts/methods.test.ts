import { describe, expect, it } from "vitest";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { routeGuard } from "@gatewright/runtime/abi/guards";
import type { LoosePolicy } from "../agreement/loose-policy.js";
import { chief, clerk, places, serveHost } from "./serve-host.js";
import { requestBytes, statusesIn, talkTo } from "./talk.js";
import type { HostOptions } from "./serve-host.js";

/** One request on a connection of its own; the answer, what ran, and the only record. */
async function ask(options: HostOptions, bytes: string) {
  const ran: string[] = [];
  const note =
    (id: string): NonNullable<HostOptions["handlers"]>[string] =>
    (_, response) => {
      ran.push(id);
      response.setHeader("X-Ran", id).end(id);
    };
  const ids = ["GET /open", "POST /open", "GET /orders", "POST /orders", "GET /both", "HEAD /both"];
  const all = [...ids, "GET /asked", "OPTIONS /asked"].map((id) => [id, note(id)] as const);
  const served = await serveHost({ handlers: Object.fromEntries(all), ...options });
  const talk = talkTo(served.port);
  talk.send(bytes);
  const received = await talk.until("\r\n\r\n");
  await served.records(1);
  const records = await served.stop();
  return { received, status: statusesIn(received).at(-1), ran, records };
}

describe.each(places)("on %s by %s", (host, site) => {
  it("HEAD runs the handler of GET where the policy binds no HEAD", async () => {
    const { status, ran, received, records } = await ask(
      { host, site },
      requestBytes("HEAD /orders", clerk),
    );
    expect({ status, ran }).toEqual({ status: 200, ran: ["GET /orders"] });
    expect(received).not.toContain("\r\n\r\nGET");
    expect(records).toMatchObject([
      { method: "HEAD", route: "GET /orders", decision: "allow", status: 200 },
    ]);
  });

  it("HEAD runs its own handler, by its own rule, where the policy binds it", async () => {
    const refused = await ask({ host, site }, requestBytes("HEAD /both", clerk));
    const passed = await ask({ host, site }, requestBytes("HEAD /both", chief));
    expect([refused.status, refused.ran]).toEqual([403, []]);
    expect([passed.status, passed.ran]).toEqual([200, ["HEAD /both"]]);
    expect(refused.records).toMatchObject([{ route: "HEAD /both", reason: "forbidden" }]);
  });

  it("OPTIONS runs a handler where the policy binds it", async () => {
    const { status, ran, records } = await ask({ host, site }, requestBytes("OPTIONS /asked"));
    expect({ status, ran }).toEqual({ status: 200, ran: ["OPTIONS /asked"] });
    expect(records).toMatchObject([{ route: "OPTIONS /asked", reason: "public", status: 200 }]);
  });

  it.each(["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"])(
    "%s changes nothing",
    async (name) => {
      const sent = requestBytes("GET /orders?_method=POST", { ...chief, [name]: "POST" });
      const { status, ran, records } = await ask({ host, site }, sent);
      expect({ status, ran }).toEqual({ status: 200, ran: ["GET /orders"] });
      expect(records).toMatchObject([{ method: "GET", route: "GET /orders" }]);
    },
  );

  it("a client that expects 100 gets it, and one answer", async () => {
    const sent = requestBytes("POST /open", { Expect: "100-continue", "Content-Length": "2" });
    const served = await serveHost({ host, site });
    const talk = talkTo(served.port);
    talk.send(sent);
    await talk.until("100 Continue");
    talk.send("ok");
    const received = await talk.until("POST /open");
    expect(statusesIn(received)).toEqual([100, 200]);
    expect(await served.stop()).toMatchObject([{ route: "POST /open", status: 200 }]);
  });

  it("a client that expects 100 and is refused gets one answer and one record", async () => {
    const sent = requestBytes("POST /orders", { Expect: "100-continue", "Content-Length": "2" });
    const served = await serveHost({ host, site });
    const talk = talkTo(served.port);
    talk.send(sent);
    const received = await talk.until("problem+json");
    expect(statusesIn(received)).toEqual([100, 401]);
    expect(await served.stop()).toMatchObject([{ reason: "missing-credentials", status: 401 }]);
  });
});

const decided = places.filter(([, site]) => site !== "chain");

describe.each(decided)("on %s by %s", (host, site) => {
  it.each(["OPTIONS", "PROPFIND", "TRACE", "DELETE", "M-SEARCH"])(
    "%s without a rule is answered by the gate",
    async (method) => {
      const { status, ran, received, records } = await ask(
        { host, site },
        requestBytes(`${method} /orders`, clerk),
      );
      expect({ status, ran }).toEqual({ status: 405, ran: [] });
      // A clerk may read and not write.
      expect(received).toMatch(/\r\nAllow: GET, HEAD\r\n/);
      expect(records).toMatchObject([{ method, route: null, reason: "method-not-allowed" }]);
    },
  );
});

describe("a method that other code changed", () => {
  it("behind the target check is refused by the guard of the handler that then runs", async () => {
    const served = await serveHost({ host: "node", site: "gate" });
    const { gate } = served;
    const guard = routeGuard<LoosePolicy, string>("POST /orders");
    const ran: string[] = [];
    const server = createServer((request, response) => {
      gate.open(request, response, () =>
        gate.target(request, response, () =>
          gate.authenticate(request, response, () => {
            request.method = "POST";
            guard(request, response, () => {
              ran.push("POST /orders");
              response.end();
            });
          }),
        ),
      );
    });
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    const talk = talkTo((server.address() as AddressInfo).port);
    talk.send(requestBytes("GET /orders", chief));
    expect(await talk.until("chain-incomplete")).toContain("500 Internal Server Error");
    expect(ran).toEqual([]);
    server.closeAllConnections();
    server.close();
    expect(await served.stop()).toMatchObject([{ reason: "chain-incomplete", method: "GET" }]);
  });
});
