import type { IncomingMessage } from "node:http";
import { describe, expect, it } from "vitest";
import { forwarded as openForwarded } from "../../runtime/forwarded.js";

function request(remoteAddress: string | undefined, forwarded?: string): IncomingMessage {
  const headers = forwarded === undefined ? {} : { "x-forwarded-for": forwarded };
  return { socket: { remoteAddress }, headers } as unknown as IncomingMessage;
}

function client(
  trusted: number | readonly string[],
  remote: string | undefined,
  forwarded?: string,
) {
  return openForwarded(trusted).clientOf(request(remote, forwarded));
}

describe("forwarded", () => {
  it("believes no header where no proxy is trusted", () => {
    expect(client(0, "192.0.2.1", "198.51.100.7")).toBe("192.0.2.1");
    expect(client([], "192.0.2.1", "198.51.100.7")).toBe("192.0.2.1");
  });

  it("goes back exactly the number of trusted hops", () => {
    const chain = "203.0.113.9, 198.51.100.7, 10.0.0.2";
    expect(client(1, "10.0.0.1", chain)).toBe("10.0.0.2");
    expect(client(2, "10.0.0.1", chain)).toBe("198.51.100.7");
    expect(client(16, "10.0.0.1", chain)).toBe("203.0.113.9");
  });

  it("goes back over trusted blocks and stops at the first stranger", () => {
    const blocks = ["10.0.0.0/8", "2001:db8::/32"];
    expect(client(blocks, "10.0.0.1", "203.0.113.9, 10.1.1.1")).toBe("203.0.113.9");
    expect(client(blocks, "2001:db8::7", "198.51.100.7, 203.0.113.9")).toBe("203.0.113.9");
    expect(client(blocks, "192.0.2.1", "203.0.113.9")).toBe("192.0.2.1");
  });

  it("reads an IPv4 address in IPv6 clothing as IPv4", () => {
    expect(client(["127.0.0.1"], "::ffff:127.0.0.1", "::ffff:203.0.113.9")).toBe("203.0.113.9");
  });

  it("stops at what is no address", () => {
    expect(client(5, "10.0.0.1", "203.0.113.9, <script>, 10.0.0.2")).toBe("10.0.0.2");
    expect(client(5, "10.0.0.1", "unknown")).toBe("10.0.0.1");
    expect(client(5, undefined, "203.0.113.9")).toBeNull();
  });
});
