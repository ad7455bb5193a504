import { createPolicyAudit } from "@gatewright/runtime/abi/audit";
import type { LoosePolicy } from "../../../agreement/loose-policy.js";
import { logPolicy, openLogDesk } from "./log-desk.js";
import type { LogDesk } from "./log-desk.js";

/** What the process of `log-kill.test.ts` is told. */
export interface KilledService {
  readonly cwd: string;
  /** The key of the tokens. */
  readonly keys: string;
  /** Whether the spool keeps what all sinks have. */
  readonly keeps: boolean;
}

const settings: KilledService = JSON.parse(process.argv[2] ?? "");
const snapshot = logPolicy(`
log: {}
categories:
  auth: { overflow: fail_closed }
  config_change: { overflow: fail_closed ${settings.keeps ? ", retention: { floor: 1d }" : ""} }
sinks:
  file: { kind: jsonl, path: data/events.jsonl }
  table: { kind: sqlite, path: data/events.sqlite }
events:
  order.told: { category: auth, fields: { text: { type: string, class: public } } }
  order.seen: { fields: { text: { type: string, class: public } } }
`);
const desk: LogDesk = await openLogDesk(snapshot, {
  cwd: settings.cwd,
  environment: { KEYS: settings.keys },
  // Small, so that a round writes several.
  spool: { segmentBytes: 32 * 1024, checkpoint: { events: 50, seconds: 60 } },
  async handler(request, response) {
    response.setHeader("x-request-id", desk.gate.decision(request)?.id ?? "");
    const text = decodeURIComponent(String(request.headers["x-text"]));
    if (request.method === "POST") {
      await audit.commit("order.told", { text }, request);
      response.end("done");
    } else {
      audit.record("order.seen", { text }, request);
      // In the next turn: by then an event that nobody waits for is written.
      setImmediate(() => response.end("done"));
    }
  },
});
const audit = createPolicyAudit<LoosePolicy, Record<string, object>>(snapshot, desk.gate);
process.send?.({ url: desk.url });
process.once("message", async () => {
  await desk.log.idle();
  const counts = desk.log.counts();
  await desk.close();
  process.send?.({ counts });
  process.disconnect();
});
