import { targetOf } from "./draft.js";
import type { Trial } from "./random-trial.js";
import type { TableRoute } from "./route-table.js";
import type { Counterexample, Tried, Wrong } from "./run-agreement.js";
import type { Scenario } from "./scenario.js";

/** Enough to halve any table several times and to try every smaller request. */
const MAX_ATTEMPTS = 150;

type Try = (scenario: Scenario, trials: readonly Trial[]) => Promise<Tried>;

/** The same fault with fewer routes, a plainer application and a plainer request, as far as they show it. */
export async function shrink(found: Counterexample & Wrong, attempt: Try): Promise<Counterexample> {
  let best: Counterexample = {
    verdict: found.verdict,
    scenario: found.scenario,
    trials: [found.trial],
  };
  const isWrong = async (scenario: Scenario, trials: readonly Trial[]): Promise<boolean> => {
    const [wrong] = (await attempt(scenario, trials)).wrong;
    if (wrong === undefined) return false;
    best = { verdict: wrong.verdict, scenario, trials };
    return true;
  };
  // What needs its neighbours on the connection is told with all of them.
  if (!(await isWrong(best.scenario, best.trials))) {
    const { verdict, scenario, trials } = found;
    return { verdict, scenario, trials };
  }
  let pending = smallerThan(best);
  for (let attempts = 0; attempts < MAX_ATTEMPTS; attempts += 1) {
    const next = pending.next();
    if (next.done === true) break;
    if (await isWrong(...next.value)) pending = smallerThan(best);
  }
  return best;
}

/** Everything that is one step smaller, what takes most away first. */
function* smallerThan({
  scenario,
  trials,
}: Counterexample): Generator<[Scenario, readonly Trial[]]> {
  const { routes } = scenario.table;
  for (let size = routes.length >> 1; size > 0; size >>= 1) {
    for (let at = 0; at + size <= routes.length && size < routes.length; at += size) {
      yield [withRoutes(scenario, routes.toSpliced(at, size)), trials];
    }
  }
  if (scenario.depth > 0) yield [{ ...scenario, depth: 0 }, trials];
  if (scenario.isAttached) yield [{ ...scenario, isAttached: false }, trials];
  if (scenario.isFronted) yield [{ ...scenario, isFronted: false }, trials];
  if (scenario.isClosed) yield [{ ...scenario, isClosed: false }, trials];
  if (scenario.style !== 0) yield [{ ...scenario, style: 0 }, trials];
  const [trial] = trials;
  if (trial === undefined) return;
  const { draft } = trial;
  const plainHeaders = draft.headers.filter((line) => /^(Host|Authorization):/i.test(line));
  if (draft.query !== "") yield [scenario, [withDraft(trial, { query: "" })]];
  if (plainHeaders.length < draft.headers.length) {
    yield [scenario, [withDraft(trial, { headers: plainHeaders })]];
  }
  const segments = draft.path.split("/");
  for (let at = 1; at < segments.length && segments.length > 2; at += 1) {
    yield [scenario, [withDraft(trial, { path: segments.toSpliced(at, 1).join("/") })]];
  }
}

function withRoutes(scenario: Scenario, routes: readonly TableRoute[]): Scenario {
  return {
    ...scenario,
    table: { ...scenario.table, routes },
    order: scenario.order.filter((route) => routes.includes(route)),
  };
}

function withDraft(trial: Trial, change: Partial<Trial["draft"]>): Trial {
  const draft = { ...trial.draft, ...change };
  return { ...trial, draft, target: targetOf(draft) };
}
