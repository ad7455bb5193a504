import type { AuditRecord } from "./audit-sink.js";
import { openLineFile } from "./line-file.js";

/**
 * One line of the file of dead letters: a record that its sink refuses for good. Its `line` is whole,
 * as a string, so that it can be sent again by hand.
 */
export interface DeadLetter {
  readonly sink: string;
  /** When it was given up, ISO 8601 in UTC. */
  readonly at: string;
  /** A closed word, see `SinkError`. */
  readonly reason: string;
  readonly epoch: number;
  readonly sequence: number;
  readonly id: string;
  readonly category: string;
  readonly line: string;
}

export interface DeadLetters {
  /** Durable when it resolves. After a crash the same record may be there twice, with the same id. */
  keep(sink: string, refused: readonly (readonly [AuditRecord, string])[]): Promise<void>;
  close(): Promise<void>;
}

/** The file is made when there is something to keep, readable for its owner alone. */
export function createDeadLetters(path: string): DeadLetters {
  let opened: ReturnType<typeof openLineFile> | undefined;
  const file = () => {
    opened ??= openLineFile(path).catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
    return opened;
  };
  return {
    async keep(sink, refused) {
      const at = new Date().toISOString();
      const lines = refused.map(([{ epoch = 0, sequence, id, category, line }, reason]) => {
        const letter: DeadLetter = { sink, at, reason, epoch, sequence, id, category, line };
        return `${JSON.stringify(letter)}\n`;
      });
      await (await file()).append(lines.join(""));
    },
    async close() {
      const { close } = (await opened?.catch(() => undefined)) ?? {};
      await close?.();
    },
  };
}
