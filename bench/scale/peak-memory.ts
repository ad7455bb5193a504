import { writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

/** `peak-memory.js FILE SCRIPT ARGUMENTS`: runs the script, and leaves in the file what memory it took at the most, in KiB. */
const [node = "", , file = "", script = "", ...rest] = process.argv;
process.argv = [node, script, ...rest];
process.on("exit", () => writeFileSync(file, String(process.resourceUsage().maxRSS)));
await import(pathToFileURL(script).href);
