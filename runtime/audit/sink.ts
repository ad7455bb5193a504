/** Where audit events go. Adding one: a file in `sinks/` and a line in `sinks/index.ts`. */
export interface Sink {
  /** Takes one event as a line of JSON with its line feed. Never throws. */
  accept(line: string): void;
  /** True from a failed write to the next that succeeds; requests are refused meanwhile. */
  isFailing(): boolean;
  /** Events that were not kept. */
  dropped(): number;
  /** Writes what is pending and releases the sink; rejects where that fails. */
  close(): Promise<void>;
}
