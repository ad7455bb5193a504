import { describe, expect, it } from "vitest";
import { leaksIn, SECRET, serveDesk } from "./serve-desk.js";
import { tokens } from "../../gate/gate-policy.js";

import { expectWithheld, json, masked, once, sends } from "./ask-once.js";
describe("NDJSON", () => {
  const ndjson = { "Content-Type": "application/x-ndjson" };

  it("is masked line by line while it streams, however lines are cut", async () => {
    const bytes = Buffer.from(`${json}\n\n${json}\r\n${json}`);
    const { answer } = await once(
      (_, response) => {
        response.writeHead(200, ndjson);
        for (let from = 0; from < bytes.length; from += 7) {
          response.write(bytes.subarray(from, from + 7));
        }
        response.end();
      },
      { target: "/orders" },
    );
    expect(answer.headers.get("content-length")).toBeNull();
    const lines = answer.text.trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line))).toEqual([masked, masked, masked]);
    expect(leaksIn(answer)).toEqual([]);
  });

  it("sends a line before the next one is written", async () => {
    let release: (() => unknown) | undefined;
    const desk = await serveDesk((_, response) => {
      response.writeHead(200, ndjson);
      response.write(`${json}\n${json.slice(0, 30)}`);
      release = () => response.end(json.slice(30));
    });
    const headers = await tokens.authorize(["clerk"]);
    const answer = await fetch(`http://127.0.0.1:${desk.port}/order`, { headers });
    const reader = answer.body?.getReader();
    const first = await reader?.read();
    expect(JSON.parse(Buffer.from(first?.value ?? []).toString())).toEqual(masked);
    release?.();
    const second = await reader?.read();
    expect(JSON.parse(Buffer.from(second?.value ?? []).toString())).toEqual(masked);
    await desk.stop();
  });

  it("ends where a line cannot be masked", async () => {
    const desk = await serveDesk((_, response) => {
      response.writeHead(200, ndjson);
      response.write(`${json}\n`);
      setTimeout(() => response.end(`${SECRET}\n`), 20);
    });
    await expect(desk.ask("/order")).rejects.toThrow(TypeError);
    const [record] = await desk.stop();
    expect(record).toMatchObject({ cause: "response:invalid", outcome: "aborted" });
  });

  it("whose first line cannot be masked is withheld", async () => {
    expectWithheld(await once(sends(`${SECRET}\n`, ndjson)), "invalid");
  });
});
