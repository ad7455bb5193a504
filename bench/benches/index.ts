import type { Bench } from "../harness/bench.js";
import { decide } from "./decide.js";

/** To add a benchmark: one file here, one line below. */
export const benches: readonly Bench[] = [decide];
