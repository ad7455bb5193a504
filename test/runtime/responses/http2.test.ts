import { mkdtemp, rm } from "node:fs/promises";
import { connect, createServer } from "node:http2";
import type { ClientHttp2Session, IncomingHttpHeaders } from "node:http2";
import type { RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createPolicyGate } from "@gatewright/runtime/abi";
import { keys } from "@gatewright/runtime/abi/keys";
import { responses } from "@gatewright/runtime/abi/responses";
import { rules } from "@gatewright/runtime/abi/rules";
import { expect, it } from "vitest";
import { hosts } from "../../agreement/load-hosts.js";
import type { LoosePolicy } from "../../agreement/loose-policy.js";
import { tokens } from "../../gate/gate-policy.js";
import { json, masked } from "./ask-once.js";
import { auditRoot, orderPolicy } from "./order-policy.js";
import { mountable, SECRET } from "./serve-desk.js";
import type { Handler } from "./serve-desk.js";

async function ask(client: ClientHttp2Session, headers: Readonly<Record<string, string>>) {
  return new Promise<{ headers: IncomingHttpHeaders; text: string }>((resolve, reject) => {
    const stream = client.request(headers);
    let text = "";
    let head: IncomingHttpHeaders = {};
    stream.on("response", (found) => {
      head = found;
    });
    stream.on("data", (data) => {
      text += String(data);
    });
    stream.on("end", () => resolve({ headers: head, text }));
    stream.on("error", reject);
    stream.end();
  });
}

const handler: Handler = (request, response) => {
  const type = String(request.headers["x-type"]);
  response.writeHead(200, { "Content-Type": type, ETag: '"raw"' });
  const bytes = Buffer.from(`${json}\n`);
  for (let from = 0; from < bytes.length; from += 9) {
    response.write(bytes.subarray(from, from + 9));
  }
  response.addTrailers({ "x-t": encodeURIComponent(SECRET) });
  response.end();
};

it("responses of HTTP/2 are masked, streamed and withheld like those of HTTP/1.1", async () => {
  const cwd = await mkdtemp(join(tmpdir(), "gatewright-"));
  const environment = { ...tokens.environment, ...auditRoot };
  const told: unknown[] = [];
  const gate = createPolicyGate<LoosePolicy>(
    orderPolicy,
    { hosts, keys, responses, rules: rules({}) },
    { environment, cwd, onError: (error) => told.push(error) },
  );
  const listener = gate.mount(mountable(handler));
  const server = createServer(
    listener as unknown as Parameters<typeof createServer>[1] & RequestListener,
  );
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const client = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const { Authorization: authorization = "" } = await tokens.authorize(["clerk"]);
  const asked = { ":path": "/order", authorization };
  const whole = await ask(client, { ...asked, "x-type": "application/json" });
  const lines = await ask(client, { ...asked, "x-type": "application/x-ndjson" });
  const tag = String(whole.headers["etag"]);
  const known = await ask(client, { ...asked, "x-type": "application/json", "if-none-match": tag });
  const page = await ask(client, { ...asked, "x-type": "text/html" });
  client.close();
  const closed = new Promise((resolve) => server.close(resolve));
  await gate.shutdown();
  await closed;
  await rm(cwd, { recursive: true });
  expect(JSON.parse(whole.text)).toEqual(masked);
  expect(JSON.parse(lines.text)).toEqual(masked);
  expect([known.headers[":status"], known.text]).toEqual([304, ""]);
  expect(page.headers[":status"]).toBe(500);
  expect(page.headers["content-type"]).toBe("application/problem+json");
  expect(told).toHaveLength(1);
});
