import { writeFileSync } from "node:fs";

// Preloaded with `--import`: leaves in the file that PEAK_MEMORY_FILE names what memory the process took
// at the most, in KiB.
const file = process.env["PEAK_MEMORY_FILE"];
process.on("exit", () => {
  if (file !== undefined) writeFileSync(file, String(process.resourceUsage().maxRSS));
});
