import { describe, expect, it } from "vitest";
import { createLiveRevocations } from "../../../runtime/revocation/live-revocations.js";

const A_DAY = 86_400_000;
const PER_DAY = 1_000_000;
/** A lifetime of ten minutes, and the tolerance of two clocks. */
const KEEP = 660_000;

describe("revocations in memory", () => {
  it("are as many as still matter, at a million a day for a day", () => {
    const live = createLiveRevocations(100_000);
    const step = A_DAY / PER_DAY;
    let most = 0;
    for (let count = 0; count < PER_DAY; count += 1) {
      const now = count * step;
      const id = `session-${count}`;
      live.add({ kind: "session", issuer: "i", id, epoch: null, until: now + KEEP }, now);
      if (count % 10_000 === 0) most = Math.max(most, live.list(-1).length);
    }
    // What is over is looked for whenever their number has doubled.
    expect(most).toBeLessThanOrEqual((2 * KEEP) / step + 1024);
    expect(live.list(A_DAY).length).toBeLessThanOrEqual(KEEP / step + 1);
    expect(live.isFull(A_DAY)).toBe(false);
    const last = { issuer: "i", session: `session-${PER_DAY - 1}` };
    expect(live.refuses(last, A_DAY)).toBe(true);
  });
});
