/** Whoever waits for a server that is away may wait without end; a request does not. */
const PATIENCE_MILLISECONDS = 2000;

/** What a task answers within two seconds; its signal is aborted when they are over. */
export async function patiently<Answer>(
  task: (signal: AbortSignal) => Promise<Answer> | Answer,
): Promise<Answer> {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const error = new Error(`no answer within ${PATIENCE_MILLISECONDS} ms`);
      reject(error);
      controller.abort(error);
    }, PATIENCE_MILLISECONDS);
  });
  try {
    return await Promise.race([task(controller.signal), tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
