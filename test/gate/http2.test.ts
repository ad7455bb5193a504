import { mkdtemp, readFile, rm } from "node:fs/promises";
import { connect, createServer } from "node:http2";
import type { ClientHttp2Session, IncomingHttpHeaders, OutgoingHttpHeaders } from "node:http2";
import type { RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createPolicyGate } from "@gatewright/runtime/abi";
import { cors } from "@gatewright/runtime/abi/cors";
import { describe, expect, it } from "vitest";
import type { LoosePolicy } from "../agreement/loose-policy.js";
import { attachLoosely, snapshotWith, tokens } from "./gate-policy.js";
import { keys } from "@gatewright/runtime/abi/keys";
import { hosts } from "../agreement/load-hosts.js";

const snapshot = snapshotWith(`
cors: { desk: { origins: [https://desk.example], headers: [Authorization], default: true } }
routes:
  /orders/:orderId: { GET: orders.read }
`);

describe("an HTTP/2 server", () => {
  it("is served through the compatibility API, with the same answers and records", async () => {
    const cwd = await mkdtemp(join(tmpdir(), "gatewright-"));
    const { environment } = tokens;
    const gate = createPolicyGate<LoosePolicy>(
      snapshot,
      { hosts, keys, cors },
      { environment, cwd },
    );
    const handler = gate.mount({
      "GET /orders/:orderId": (_, response, { params }) => response.end(String(params["orderId"])),
    });
    // The compatibility API promises what node:http has, and types it apart.
    const server = createServer(
      handler as unknown as Parameters<typeof createServer>[1] & RequestListener,
    );
    attachLoosely(gate, server as never, {});
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    const client = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const clerk = await tokens.authorize(["clerk"]);
    const guest = await tokens.authorize(["guest"]);
    const origin = "https://desk.example";
    const answers = [
      await request(client, { ":path": "/orders/7?x", ...lower(clerk), origin }),
      await request(client, { ":path": "/orders/7", ...lower(guest) }),
      await request(client, { ":path": "/orders/7" }),
      await request(client, { ":path": "/orders/../x", ...lower(clerk) }),
      await request(client, {
        ":method": "OPTIONS",
        ":path": "/orders/7",
        "access-control-request-method": "GET",
        origin,
      }),
      await request(client, { ":method": "CONNECT", ":authority": "example.com:443" }),
    ];
    client.close();
    const closed = new Promise((resolve) => server.close(resolve));
    await gate.shutdown();
    await closed;
    expect(answers.map(({ status }) => status)).toEqual([200, 403, 401, 400, 204, 400]);
    expect(answers[0]).toMatchObject({ body: "7" });
    expect(answers[0]?.headers["access-control-allow-origin"]).toBe(origin);
    expect(answers[2]?.headers["www-authenticate"]).toContain("Bearer");
    const text = await readFile(join(cwd, "a.jsonl"), "utf8");
    await rm(cwd, { recursive: true });
    const records = text.split("\n").filter((line) => line !== "");
    expect(
      records.map((line) => JSON.parse(line)).map(({ status, reason }) => [status, reason]),
    ).toEqual([
      [200, "granted"],
      [403, "forbidden"],
      [401, "missing-credentials"],
      [400, "invalid-target"],
      [204, "preflight"],
      [400, "invalid-target"],
    ]);
  });
});

function lower(headers: Readonly<Record<string, string>>): OutgoingHttpHeaders {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
}

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

function request(client: ClientHttp2Session, headers: OutgoingHttpHeaders): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const stream = client.request(headers, { endStream: true });
    let received: IncomingHttpHeaders & { ":status"?: number | undefined } = {};
    let body = "";
    stream.on("response", (found) => (received = found));
    stream.on("data", (chunk) => (body += chunk));
    stream.on("error", reject);
    stream.on("close", () => resolve({ status: received[":status"], headers: received, body }));
    stream.resume();
  });
}
