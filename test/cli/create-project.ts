import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll } from "vitest";

/** A policy without a mistake, in two files. */
export const desk: Readonly<Record<string, string>> = {
  "policies/access.yaml": `gatewright: 1
roles:
  clerk:
    grants: [orders.read]
  manager:
    inherits: [clerk]
    grants: [orders.refund]
  auditor:
    grants: [orders.read]
    denies: [orders.refund]
principal:
  roles: roles
  claims:
    shift: { type: int, optional: true }
tokens:
  desk:
    issuer: https://id.example
    audience: desk
    algorithms: [ES256]
    keys: { environment: DESK_KEYS }
`,
  "policies/orders.yaml": `gatewright: 1
resources:
  orders:
    actions: [read, refund]
routes:
  /health:
    GET: public
  /me:
    GET: authenticated
  /orders:
    GET: orders.read
    /:orderId:
      params:
        orderId: { type: int }
      GET: orders.read
      /refund:
        POST: [orders.read, orders.refund]
`,
};

/** Names of what `build` writes, sorted. */
export const generatedNames = [
  "can.ts",
  "gate.ts",
  "guards.ts",
  "index.ts",
  "permissions.ts",
  "snapshot.ts",
  "types.ts",
] as const;

const folders: string[] = [];
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

/** A temporary folder with these files, removed after the tests of the file. */
export function createProject(files: Readonly<Record<string, string>> = desk): string {
  const folder = mkdtempSync(join(tmpdir(), "gatewright-"));
  folders.push(folder);
  writeFiles(folder, files);
  return folder;
}

export function writeFiles(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

/** Every file of a folder by name, with its text. */
export function readFiles(folder: string): Readonly<Record<string, string>> {
  const names = readdirSync(folder).toSorted();
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name), "utf8")]));
}
