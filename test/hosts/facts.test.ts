import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { RequestListener } from "node:http";
import { connect as dial } from "node:net";
import type { AddressInfo } from "node:net";
import connect from "connect";
import express5 from "express";
import express4 from "express4";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

// The tables of docs/hosts.md are what is asserted: each cell is asked of the host itself.

const text = await readFile(new URL("../../docs/hosts.md", import.meta.url), "utf8");
const columns = ["express4", "express5", "connect"] as const;
type Host = (typeof columns)[number];

interface Fact {
  readonly request: string;
  readonly said: Readonly<Record<Host, string>>;
}

/** Rows whose first cell is a request line. */
const facts: readonly Fact[] = text.split("\n").flatMap((line) => {
  const cells = line
    .split("|")
    .slice(1, -1)
    .map((cell) => cell.trim());
  const request = /^`([A-Z]+ .*)`$/.exec(cells[0] ?? "")?.[1];
  if (request === undefined || cells.length !== 4) return [];
  const [, first = "", second = "", third = ""] = cells;
  return [{ request, said: { express4: first, express5: second, connect: third } }];
});

const listeners: Readonly<Record<Host, RequestListener>> = {
  express4: expressApp(express4),
  express5: expressApp(express5 as unknown as typeof express4),
  connect: connectApp(),
};

/** What is mounted at `/a`, and the routes `GET /o/:id` and `GET /s` of Express, each tells what it sees. */
function expressApp(factory: typeof express4): RequestListener {
  const app = factory();
  app.set("env", "test");
  app.use("/a", (request, response) => {
    response.send(`\`/a\` sees \`${request.url}\``);
  });
  app.get("/o/:id", (request, response) => {
    response.send(`id is \`${request.params.id}\``);
  });
  app.get("/s", (_, response) => {
    response.send("runs");
  });
  return app;
}

function connectApp(): RequestListener {
  const app = connect();
  app.use("/a", (request, response) => {
    response.end(`\`/a\` sees \`${request.url}\``);
  });
  return app as RequestListener;
}

const ports = new Map<Host, number>();
const servers = columns.map((host) => ({
  host,
  server: createServer((request, response) => {
    try {
      listeners[host](request, response);
    } catch {
      response.end("throws");
    }
  }),
}));

beforeAll(async () => {
  for (const { host, server } of servers) {
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    ports.set(host, (server.address() as AddressInfo).port);
  }
});

afterAll(() => {
  for (const { server } of servers) {
    server.closeAllConnections();
    server.close();
  }
});

/** The body of a 200, and of anything else the status with the methods that it allows. */
async function ask(host: Host, request: string): Promise<string> {
  const socket = dial(ports.get(host) ?? 0, "127.0.0.1");
  socket.write(`${request} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
  let received = "";
  for await (const chunk of socket) received += String(chunk);
  const [head = "", body = ""] = received.split("\r\n\r\n");
  const status = head.slice(9, 12);
  const allow = /^allow: (.*)$/im.exec(head)?.[1];
  if (allow !== undefined) return `${status}, \`Allow: ${allow}\``;
  if (status === "200" && request.startsWith("HEAD")) return "200 without a body";
  return status === "200" ? body : status;
}

describe("docs/hosts.md says what hosts do", () => {
  it("in more than a few rows", () => {
    expect(facts.length).toBeGreaterThan(12);
  });

  it.each(facts.map((fact) => [fact.request, fact] as const))(
    "with `%s`",
    async (request, { said }) => {
      const answers = await Promise.all(
        columns.map(async (host) => [host, await ask(host, request)] as const),
      );
      expect(Object.fromEntries(answers)).toEqual(said);
    },
  );
});
