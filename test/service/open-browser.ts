import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { chromium } from "playwright-core";
import type { Browser } from "playwright-core";

const names = ["chromium", "chromium-browser", "google-chrome"];

/** A browser without a window; undefined where there is none, which is said, and a failure in CI. */
export async function openBrowser(): Promise<Browser | undefined> {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  const places = folders.flatMap((folder) => names.map((name) => join(folder, name)));
  const executablePath = places.find((place) => existsSync(place));
  if (executablePath !== undefined) return chromium.launch({ executablePath });
  const message = "no chromium on the path";
  if (process.env["CI"] === "true") throw new Error(message);
  console.warn(`${message}: the tests of the login page are skipped`);
  return undefined;
}
