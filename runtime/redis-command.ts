/** What is used of a client: `sendCommand` as `redis` has it, or `call` as `ioredis` has it. */
export type RedisCommandClient =
  | { sendCommand(command: string[]): Promise<unknown> }
  | { call(name: string, ...values: string[]): Promise<unknown> };

/** In milliseconds: a client without a connection may keep a command for as long as it has none. */
const PATIENCE = 1000;

/** Sends a command; rejects where Redis refuses it, or does not answer within a second. */
export function sendCommand(
  client: RedisCommandClient,
  ...command: readonly string[]
): Promise<unknown> {
  const [name = "", ...values] = command;
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("Redis does not answer")), PATIENCE);
    const sent = "call" in client ? client.call(name, ...values) : client.sendCommand([...command]);
    sent.then(
      (reply) => {
        clearTimeout(timer);
        resolve(reply);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}
