import { logPolicy, openLogDesk } from "./log-desk.js";
import type { LogDesk } from "./log-desk.js";

/** What the process of `log-kill.test.ts` is told. */
export interface KilledService {
  readonly cwd: string;
  /** The key of the tokens. */
  readonly keys: string;
}

const settings: KilledService = JSON.parse(process.argv[2] ?? "");
const snapshot = logPolicy(`
log: {}
categories: { auth: { overflow: fail_closed }, config_change: { overflow: fail_closed } }
sinks:
  file: { kind: jsonl, path: data/events.jsonl }
  table: { kind: sqlite, path: data/events.sqlite }
`);
const desk: LogDesk = await openLogDesk(snapshot, {
  cwd: settings.cwd,
  environment: { KEYS: settings.keys },
  // Small, so that a round writes several.
  spool: { segmentBytes: 32 * 1024, checkpoint: { events: 50, seconds: 60 } },
  handler(request, response) {
    response.setHeader("x-request-id", desk.gate.decision(request)?.id ?? "");
    response.end("done");
  },
});
process.send?.({ url: desk.url });
process.once("message", async () => {
  await desk.log.idle();
  const counts = desk.log.counts();
  await desk.close();
  process.send?.({ counts });
  process.disconnect();
});
