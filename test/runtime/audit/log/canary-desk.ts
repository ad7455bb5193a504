import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { nodeFiles } from "../../../../runtime/audit/spool/spool-files.js";
import type { SpoolFiles } from "../../../../runtime/audit/spool/spool-files.js";
import { logPolicy } from "./log-desk.js";

/** Methods for a text; `detect` lets pass what it does not know, and has texts of its own. */
export const textClasses = [
  "blob",
  "broken",
  "card",
  "email",
  "hmac",
  "ip",
  "name",
  "null-out",
  "phone",
  "resident-id",
  "year",
] as const;

const listClasses = ["card", "email", "name", "null-out"] as const;

/** Fields by name; each is optional. */
export const fields: Readonly<Record<string, string>> = {
  ...Object.fromEntries(textClasses.map((name) => [name, field("string", name)])),
  ...Object.fromEntries(listClasses.map((name) => [`many-${name}`, field("list<string>", name)])),
  "int-hidden": field("int", "null-out"),
  "int-hashed": field("int", "hmac"),
  "double-band": field("double", "band"),
  count: field("int", "public"),
  urgent: field("bool", "public"),
};

/** An event with a text in each field that takes one. */
export function textFields(text: string): object {
  const texts = textClasses.map((name) => [name, text] as const);
  const lists = listClasses.map((name) => [`many-${name}`, [text, text]] as const);
  return Object.fromEntries([...texts, ...lists]);
}

function field(type: string, name: string): string {
  return `{ type: ${type}, class: ${name}, optional: true }`;
}

/** A policy with every output: what is `spare` goes to the spill where there is no room. */
export function canaryPolicy(refusing: string, down: string) {
  return logPolicy(
    `
log: { spill: audit-spill }
secret: { environment: ROOT }
categories:
  auth: { overflow: fail_closed }
  config_change: { overflow: fail_closed }
  filling: { overflow: spill }
  spare: { overflow: spill }
sinks:
  file: { kind: jsonl, path: audit/events.jsonl }
  table: { kind: sqlite, path: audit/events.sqlite }
  out: { kind: stdout, required: false }
  refusing: { kind: webhook, url: "${refusing}", secret: { environment: HOOK }, categories: [auth, spare] }
  down:
    kind: webhook
    url: "${down}"
    secret: { environment: HOOK }
    required: false
    fallBack: { after: 0s, path: audit/late.jsonl }
events:
  leak.tried:
    fields:
${Object.entries(fields)
  .map(([name, declared]) => `      ${name}: ${declared}`)
  .join("\n")}
      free: { type: string, class: detect, optional: true }
      many-free: { type: list<string>, class: detect, optional: true }
  leak.spared:
    category: spare
    fields:
${textClasses.map((name) => `      ${name}: ${fields[name]}`).join("\n")}
${listClasses.map((name) => `      many-${name}: ${fields[`many-${name}`]}`).join("\n")}
      free: { type: string, class: detect, optional: true }
  log.filled:
    category: filling
    fields: { text: { type: string, class: public } }
`,
    "audit: auth",
    `
masks:
  blob: { method: binary, linked: true }
  band: { method: bucket, bounds: [10, 1000] }
  broken: { method: custom, name: broken }
  year: { method: date, show: year }
`,
  );
}

export interface Receiver {
  readonly url: string;
  readonly bodies: readonly string[];
  close(): void;
}

/** A receiver that refuses what it gets for good, or is down. */
export async function openReceiver(status: number): Promise<Receiver> {
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    let body = JSON.stringify(request.headers);
    request.setEncoding("utf8").on("data", (chunk: string) => {
      body += chunk;
    });
    request.on("end", () => {
      bodies.push(body);
      response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/in`,
    bodies,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** A disk whose main spool syncs nothing while it is held. */
export function heldDisk() {
  const held = new Set<number>();
  let until: Promise<void> | undefined;
  let letGo: (() => void) | undefined;
  const files: SpoolFiles = {
    ...nodeFiles,
    open(path, use) {
      const file = nodeFiles.open(path, use);
      if (path.includes(join("audit", "spool"))) held.add(file);
      else held.delete(file);
      return file;
    },
    async sync(file) {
      if (held.has(file)) await until;
      await nodeFiles.sync(file);
    },
  };
  return {
    files,
    hold() {
      until = new Promise((resolve) => {
        letGo = resolve;
      });
    },
    letGo: () => letGo?.(),
  };
}
