import { expect } from "vitest";
import { leaksIn, marker, order, serveDesk } from "./serve-desk.js";
import type { Handler } from "./serve-desk.js";

export const json = JSON.stringify(order);
export const type = "application/json";

export function sends(
  body: string | Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): Handler {
  return (_, response) => {
    response.writeHead(200, { "Content-Type": type, ...headers });
    response.end(body);
  };
}

/** Serves a handler, asks once, and stops. */
export async function once(
  handler: Handler,
  {
    target = "/order",
    ask = {},
    serve = {},
  }: {
    target?: string;
    ask?: Parameters<Awaited<ReturnType<typeof serveDesk>>["ask"]>[1];
    serve?: Parameters<typeof serveDesk>[1];
  } = {},
) {
  const desk = await serveDesk(handler, serve);
  const answer = await desk.ask(target, ask);
  const [record] = await desk.stop();
  return { answer, record, errors: desk.errors };
}

export const masked = {
  address: { city: "Wien", street: marker },
  customer: "J**",
  id: 7,
  items: [{ sku: "x" }],
  notes: [marker, marker],
  paid: true,
  parent: { name: "J**" },
  phone: marker,
  tags: ["a", "b"],
  token: expect.stringMatching(/^h1:1:[\w-]{22}$/),
  total: 12.5,
};

/** Withheld: a problem of a fixed text, told and recorded without any value. */
export function expectWithheld(
  { answer, record, errors }: Awaited<ReturnType<typeof once>>,
  cause: string,
) {
  expect(leaksIn(answer)).toEqual([]);
  expect(answer.status).toBe(500);
  expect(answer.headers.get("content-type")).toBe("application/problem+json");
  expect(JSON.parse(answer.text)).toMatchObject({ title: "Internal error", status: 500 });
  expect(record).toMatchObject({ status: 500, decision: "allow", cause: `response:${cause}` });
  expect(errors).toHaveLength(1);
  expect(errors[0]).toMatchObject({ name: "GateError", code: "internal-error" });
  expect(String(errors[0]?.message)).not.toContain("cret");
}
