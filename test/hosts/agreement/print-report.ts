import { lacks } from "./measure-mix.js";
import { printTrial } from "./random-trial.js";
import type { AgreementReport, Counterexample } from "./run-agreement.js";

/** A report for people: what was run and how to run it again, and what was found. */
export function printReport({ host, seed, mix, counterexample }: AgreementReport): string {
  const percent = (count: number) => `${Math.round((100 * count) / mix.requests)} %`;
  const statuses = Object.entries(mix.statuses).map(([status, count]) => `${status}: ${count}`);
  return [
    `${host}: ${mix.requests} requests with --seed ${seed} --host ${host}`,
    `  ${percent(mix.handled)} reached a handler, ${percent(mix.forbidden)} ended in 403, ` +
      `${percent(mix.overlapping)} met overlapping patterns`,
    `  ${statuses.join(", ")}`,
    ...lacks(mix).map((lack) => `  too thin a mix: ${lack}`),
    ...(counterexample === undefined ? [] : printCounterexample(counterexample)),
  ].join("\n");
}

function printCounterexample({ verdict, scenario, trials }: Counterexample): readonly string[] {
  const { table, order, ...application } = scenario;
  const { routes, ...settings } = table;
  const isListed = new Set(order).size === routes.length;
  return [
    `  wrong: ${verdict}`,
    ...trials.slice(0, 1).flatMap((trial) => [
      `  caller: ${trial.draft.caller.name}`,
      ...printTrial(trial, 0)
        .trimEnd()
        .split("\r\n")
        .map((line) => `  > ${JSON.stringify(line.slice(0, 120)).slice(1, -1)}`),
    ]),
    ...(trials.length > 1 ? [`  and ${trials.length - 1} more on its connections`] : []),
    ...(isListed ? order : routes).map(
      ({ id, access, permissions }) => `  ${id}: ${permissions.join(" ") || access}`,
    ),
    `  ${JSON.stringify(settings)}`,
    `  ${JSON.stringify(application)}`,
  ];
}
