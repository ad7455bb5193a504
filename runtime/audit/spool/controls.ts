import type { Batch, Control } from "./batch.js";
import type { SpoolClock } from "./clock.js";
import type { Gaps } from "./gaps.js";
import { canonicalJson, parseGap } from "./ledger.js";
import type { SpoolAlert } from "./spool.js";

/** So many gaps in one write at most; the others wait for the next. */
const MAX_GAPS = 64;
/** Records on alerts and clock steps that wait in memory; older ones give way. */
const MAX_CONTROLS = 256;

/** What the spool has to say itself and is not durable: gaps, alerts, steps of the clock, releases. */
export interface Controls {
  record(control: Control): void;
  /** Tells of something, and records that it did. */
  alert(alert: SpoolAlert): void;
  isEmpty(): boolean;
  areGapsSealed(): boolean;
  /** Moves what there is to a batch. */
  seal(batch: Batch): void;
  /** Takes back what did not become durable with a batch. */
  restore(batch: Batch): void;
}

export function createControls(
  gaps: Gaps,
  clock: SpoolClock,
  onAlert: (alert: SpoolAlert) => void,
): Controls {
  let waiting: readonly Control[] = [];
  const record = (control: Control): void => {
    waiting = [...waiting, control].slice(-MAX_CONTROLS);
  };
  return {
    record,
    alert(alert) {
      record({ kind: "alert", line: canonicalJson({ ...alert, time: clock.now() }) });
      onAlert(alert);
    },
    isEmpty: () => waiting.length === 0 && gaps.size() === 0,
    areGapsSealed: () => gaps.size() === 0,
    seal(batch) {
      const step = clock.takeStep();
      if (step !== undefined) {
        record({ kind: "clock", line: step });
        onAlert({ code: "clock-step" });
      }
      const lines = gaps.take(MAX_GAPS);
      batch.controls = [...waiting, ...lines.map((line) => ({ kind: "gap", line }) as const)];
      waiting = [];
    },
    restore(batch) {
      const others: Control[] = [];
      for (const control of batch.controls) {
        const gap = control.kind === "gap" ? parseGap(control.line) : undefined;
        if (gap === undefined) others.push(control);
        else gaps.restore(gap);
      }
      waiting = [...others, ...waiting].slice(-MAX_CONTROLS);
    },
  };
}
