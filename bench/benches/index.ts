import type { Bench } from "../harness/bench.js";
import { audit } from "./audit.js";
import { build } from "./build.js";
import { conditions } from "./conditions.js";
import { decide } from "./decide.js";
import { scale } from "./scale.js";
import { sessions } from "./sessions.js";
import { tokens } from "./tokens.js";

/** To add a benchmark: one file here, one line below. */
export const benches: readonly Bench[] = [
  decide,
  build,
  scale,
  conditions,
  tokens,
  sessions,
  audit,
];
