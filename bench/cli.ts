import { benches } from "./benches/index.js";
import { ArgumentError, readArguments } from "./harness/arguments.js";
import { reportJson, reportText } from "./harness/report.js";

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const names = benches.map(({ name }) => name);
  try {
    const { name, isQuick, isJson, seed } = readArguments(args, names);
    const bench = benches.find((each) => each.name === name);
    if (bench === undefined) {
      process.stdout.write(usage());
      return 0;
    }
    note(`${bench.name}, seed ${seed}, Node ${process.version}${isQuick ? ", quick" : ""}`);
    const result = await bench.run({ isQuick, seed, note });
    process.stdout.write(`${isJson ? reportJson(bench, result) : reportText(bench, result)}\n`);
    return 0;
  } catch (error) {
    if (error instanceof ArgumentError) {
      process.stderr.write(`bench: ${error.message}\n${usage()}`);
      return 2;
    }
    process.stderr.write(`bench: ${error instanceof Error ? error.stack : String(error)}\n`);
    return 1;
  }
}

/** Progress goes beside the result, never into it. */
function note(line: string): void {
  process.stderr.write(`${line}\n`);
}

function usage(): string {
  const lines = benches.map(({ name, summary }) => `  ${name.padEnd(8)} ${summary}`);
  return `npm run bench -- NAME [--quick] [--json] [--seed N]\n${lines.join("\n")}\n`;
}
