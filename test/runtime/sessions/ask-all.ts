import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import type { SessionStore } from "../../../runtime/sessions/session-store.js";
import { newSession, submit } from "./session-examples.js";

/** How each method ends, of which none may take longer than two seconds. */
export async function askAll(store: SessionStore, id: string): Promise<readonly string[]> {
  const asked: readonly Promise<unknown>[] = [
    store.create(newSession()),
    store.read(id),
    store.step(id, submit(0)),
    store.end(id, "logout"),
    store.endAll("u1", "killed"),
    store.list("u1"),
  ];
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(resolve, 2000, "late");
  });
  const ends = asked.map((one) =>
    Promise.race([
      one.then(
        () => "answers",
        () => "rejects",
      ),
      late,
    ]),
  );
  const found = await Promise.all(ends);
  clearTimeout(timer);
  return found;
}

export const allReject = Array.from({ length: 6 }, () => "rejects");
export const allAnswer = Array.from({ length: 6 }, () => "answers");

/** A server that takes connections and says nothing. */
export async function openSilentServer() {
  const server = createServer(() => {}).listen(0, "127.0.0.1");
  await once(server, "listening");
  return { port: (server.address() as AddressInfo).port, close: () => server.close() };
}
