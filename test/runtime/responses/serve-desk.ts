import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { chain } from "@gatewright/runtime";
import { routeGuard } from "@gatewright/runtime/abi/guards";
import connect from "connect";
import express from "express";
import express4 from "express4";
import type { LoosePolicy } from "../../agreement/loose-policy.js";
import { serveGate } from "../../agreement/serve-gate.js";
import type { LooseGate } from "../../agreement/serve-gate.js";
import { tokens } from "../../gate/gate-policy.js";
import { auditRoot, orderPolicy } from "./order-policy.js";

export type Handler = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => unknown;

/** Each way to put a gate before a handler, on each host. */
export const ways: Readonly<
  Record<string, (gate: LooseGate, handler: Handler) => RequestListener>
> = {
  "mount helper on node:http": (gate, handler) => gate.mount(mountable(handler)),
  "mount helper on Express 5": (gate, handler) => express().use(gate.mount(mountable(handler))),
  "gate on Express 5": (gate, handler) => express().use(gate).use(handler),
  "gate on Express 4": (gate, handler) =>
    express4()
      .use(gate)
      .use(handler as never) as never,
  "gate on Connect": (gate, handler) =>
    connect()
      .use(gate)
      .use(handler as never),
  "gate on node:http": (gate, handler) => (request, response) => {
    gate(request, response, () => handler(request, response, () => undefined));
  },
  "guards by hand": (gate, handler) => {
    const stages = [gate.open, gate.target, gate.authenticate] as const;
    const guarded = new Map(
      orderPolicy.routes.map(({ id }) => [
        id,
        chain<LoosePolicy, string>(
          stages,
          routeGuard<LoosePolicy, string>(id),
          (request, response) => handler(request, response, () => undefined),
        ),
      ]),
    );
    return (request, response) => {
      const path = String(request.url).split("?")[0];
      guarded.get(`${request.method === "HEAD" ? "GET" : request.method} ${path}`)?.(
        request,
        response,
      );
    };
  },
};

/** One handler for all routes. */
export function mountable(handler: Handler): never {
  const handlers = orderPolicy.routes.map(({ id }) => [
    id,
    (request: IncomingMessage, response: ServerResponse) =>
      handler(request, response, () => undefined),
  ]);
  return Object.fromEntries(handlers) as never;
}

export interface Answer {
  readonly status: number;
  readonly statusText: string;
  readonly headers: Headers;
  readonly text: string;
}

export interface Desk {
  ask(target: string, options?: AskOptions): Promise<Answer>;
  readonly port: number;
  /** What was told of faults. */
  readonly errors: readonly Error[];
  stop(): Promise<
    readonly { readonly status: number | null; readonly cause?: string | undefined }[]
  >;
}

export interface AskOptions {
  readonly method?: string;
  readonly roles?: readonly string[] | null;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Serves the orders of a handler over HTTP. */
export async function serveDesk(
  handler: Handler,
  {
    way = "gate on node:http",
    around = (listener: RequestListener) => listener,
    responseLimit = 1 << 20,
  } = {},
): Promise<Desk> {
  const errors: Error[] = [];
  const environment = { ...tokens.environment, ...auditRoot };
  const served = await serveGate(
    orderPolicy,
    environment,
    (gate) => around(ways[way]?.(gate, handler) ?? (() => undefined)),
    { onError: (error) => errors.push(error as Error), responseLimit },
  );
  return {
    port: served.port,
    errors,
    async ask(target, { method = "GET", roles = ["clerk"], headers = {} } = {}) {
      const credentials = roles === null ? {} : await tokens.authorize(roles);
      const answer = await fetch(`http://127.0.0.1:${served.port}${target}`, {
        method,
        headers: { ...credentials, ...headers },
        redirect: "manual",
      });
      const { status, statusText } = answer;
      return { status, statusText, headers: answer.headers, text: await answer.text() };
    },
    async stop() {
      return [...(await served.stop()).values()];
    },
  };
}

/** A secret that has characters of two, three and four bytes. */
export const SECRET = "Jäne Döe 中文 🦊 Sécret";

export const order = {
  id: 7,
  customer: SECRET,
  phone: SECRET,
  token: SECRET,
  tags: ["a", "b"],
  notes: [SECRET, SECRET],
  paid: true,
  total: 12.5,
  address: { city: "Wien", street: SECRET, door: SECRET },
  items: [{ sku: "x", price: SECRET }],
  parent: { name: SECRET },
  secret: SECRET,
  [SECRET]: 1,
};

/** Every form of the secret, or of a part of it, that must not be in what was sent. */
export function leaksIn({ text, headers, statusText }: Answer): readonly string[] {
  const sent = `${text}\n${statusText}\n${[...headers].flat().join("\n")}`.toLowerCase();
  const forms = [
    SECRET,
    encodeURIComponent(SECRET),
    Buffer.from(SECRET).toString("base64"),
    Buffer.from(SECRET).toString("hex"),
    [...SECRET].toReversed().join(""),
    "sécret",
    "s\\u00e9cret",
    "%c3%a9cret",
    "中文",
  ];
  return forms.filter((form) => sent.includes(form.toLowerCase()));
}

export const marker = { $mask: "null" };
