import { runCel } from "./run-cel.js";

// `npm run conformance -- cel` lists what is refused and what is wrong; with `--json` it prints the counts alone.

const [suite, ...flags] = process.argv.slice(2);
if (suite !== "cel" || flags.some((flag) => flag !== "--json")) {
  console.error("usage: npm run -s conformance -- cel [--json]");
  process.exitCode = 2;
} else {
  const { total, accepted, refused, wrong } = await runCel();
  const counts = { wrong: wrong.length, accepted, refused: refused.length, total };
  if (flags.includes("--json")) {
    console.log(JSON.stringify(counts));
  } else {
    for (const { name, text, reason } of wrong)
      console.log(`wrong    ${name}: ${text}\n         ${reason}`);
    for (const { name, text, reason } of refused)
      console.log(`refused  ${name}: ${text}\n         ${reason}`);
    console.log(JSON.stringify(counts));
  }
  if (wrong.length > 0 || accepted < 0.95 * total) process.exitCode = 1;
}
