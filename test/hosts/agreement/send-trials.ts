import { connect } from "node:net";
import type { Socket } from "node:net";
import { printTrial } from "./random-trial.js";
import type { Trial } from "./random-trial.js";
import { createResponseReader } from "./read-responses.js";
import type { Answer } from "./read-responses.js";

const CONNECTIONS = 4;
/** Requests written at once, before any answer came. */
const PIPELINED = 8;
/** What has no answer by then hangs: two orders of magnitude above the slowest answer under load. */
const PATIENCE_MILLISECONDS = 20_000;

/**
 * What came back for a trial. `cut`: the server closed the connection over a request behind it, or over
 * itself where others were still unanswered, so that nobody can say whose the last answer was.
 */
export type Answered = Answer | "cut" | "hangs";

/**
 * Sends all trials over a few kept connections, pipelined; the answers have the places of their trials.
 * A request that the server may answer by closing the connection goes alone, or now and then last.
 */
export async function sendTrials(
  port: number,
  trials: readonly Trial[],
): Promise<readonly Answered[]> {
  const answers = trials.map((): Answered => "hangs");
  const batches = batchesOf(trials);
  let next = 0;
  const work = async () => {
    let socket: Socket | undefined;
    while (next < batches.length) {
      const batch = batches[next] ?? [];
      next += 1;
      if (socket === undefined || socket.destroyed) socket = open(port);
      const sent = batch.flatMap((index) => {
        const trial = trials[index];
        return trial === undefined ? [] : [{ index, trial }];
      });
      const received = await exchange(socket, sent);
      received.forEach((answer, place) => {
        answers[batch[place] ?? -1] = answer;
      });
      // Nobody knows where the server sees the end of such a request.
      if (sent.some(({ trial }) => trial.draft.mayClose)) socket.destroy();
    }
    socket?.destroy();
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, work));
  return answers;
}

function open(port: number): Socket {
  // A server that closes early resets; the answer that is missing then tells enough.
  return connect(port, "127.0.0.1").on("error", () => undefined);
}

/** Places of the trials that go out together. */
function batchesOf(trials: readonly Trial[]): readonly (readonly number[])[] {
  const places = trials.map((_, index) => index);
  const mayClose = (index: number) => trials[index]?.draft.mayClose === true;
  const tame = places.filter((index) => !mayClose(index));
  const closing = places.filter(mayClose);
  const batches: number[][] = [];
  while (tame.length > 0) batches.push(tame.splice(0, PIPELINED));
  for (const [index, batch] of batches.entries()) {
    const last = index % 16 === 0 ? closing.pop() : undefined;
    if (last !== undefined) batch.push(last);
  }
  return [...batches, ...closing.map((index) => [index])];
}

function exchange(
  socket: Socket,
  batch: readonly { readonly index: number; readonly trial: Trial }[],
): Promise<readonly Answered[]> {
  const reader = createResponseReader(batch.map(({ trial }) => trial.draft.method));
  const answers: Answer[] = [];
  return new Promise((resolve) => {
    const onData = (chunk: Buffer) => {
      answers.push(...reader.push(chunk.toString("latin1")));
      if (answers.length >= batch.length) finish(answers);
    };
    const onClose = () => {
      const last = reader.end();
      if (last !== undefined) answers.push(last);
      finish(answers.length < batch.length ? batch.map(() => "cut") : answers);
    };
    const onTimeout = () => {
      socket.destroy();
      finish(batch.map((_, place) => answers[place] ?? "hangs"));
    };
    const timer = setTimeout(onTimeout, PATIENCE_MILLISECONDS);
    const finish = (received: readonly Answered[]) => {
      clearTimeout(timer);
      socket.off("data", onData).off("close", onClose);
      if (answers.some(({ closes }) => closes)) socket.destroy();
      resolve(received);
    };
    socket.on("data", onData).on("close", onClose);
    socket.write(batch.map(({ index, trial }) => printTrial(trial, index)).join(""), "latin1");
  });
}
