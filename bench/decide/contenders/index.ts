import type { Contender } from "../contender.js";
import { casbin } from "./casbin.js";
import { casl } from "./casl.js";
import { expressRouter } from "./express-router.js";
import { findMyWay } from "./find-my-way.js";
import { gatewright } from "./gatewright.js";
import { memoirist } from "./memoirist.js";
import { rou3 } from "./rou3.js";

/** A router with a set of roles behind each route: what people have who use no engine. */
export const routerStacks: readonly Contender[] = [memoirist, findMyWay, rou3, expressRouter];

/** To add a peer: one file here, one line below. */
export const contenders: readonly Contender[] = [gatewright, ...routerStacks, casl, casbin];
