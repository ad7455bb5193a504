import { cpSync, readFileSync, readdirSync, rmSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createNoteKey, openNoteSigner } from "@gatewright/runtime/audit/spool";
import {
  accept,
  audit,
  deskKey,
  fillSink,
  fillSpool,
  idOf,
  lines,
  openDeskSpool,
  request,
  write,
} from "./audit-desk.js";
import { createProject } from "./create-project.js";
import { runGatewright } from "./run-gatewright.js";

const key = ["--key", deskKey.verifierKey];
const many = Array.from({ length: 40 }, (_, index) => request(index, "ada", "allow", 200));

/** A folder with an audit folder of several segments, and its last checkpoint beside it. */
async function createDesk() {
  const folder = createProject({});
  const checkpoint = await fillSpool(join(folder, "audit"), many);
  write(join(folder, "checkpoint.txt"), checkpoint);
  write(join(folder, "audit.keys"), `# of the desk\n${deskKey.verifierKey}\n`);
  const spool = join(folder, "audit/spool");
  const segments = () => readdirSync(spool).filter((name) => name.startsWith("segment-"));
  return { folder, checkpoint, spool, segments };
}

describe("audit verify", () => {
  it("is content with what a service left, with its key and a checkpoint kept elsewhere", async () => {
    const { folder, segments } = await createDesk();
    expect(segments().length).toBeGreaterThan(2);
    const run = audit(folder, "verify", "--key", "@audit.keys", "--checkpoint", "checkpoint.txt");
    expect({ status: run.status, stderr: run.stderr }).toEqual({ status: 0, stderr: "" });
    expect(run.stdout).toMatch(
      /^intact: 40 events in \d+ segments\nsigned: \d+ records up to the last checkpoint\nolder checkpoint: /,
    );
    const ofEnvironment = runGatewright(folder, ["audit", "verify", "--json"], {
      GATEWRIGHT_AUDIT_KEYS: deskKey.verifierKey,
    });
    expect(JSON.parse(ofEnvironment.stdout)).toMatchObject({
      command: "audit",
      exitCode: 0,
      action: "verify",
      verdict: "intact",
      events: 40,
      signatures: "checked",
      isOpen: false,
      findings: [],
    });
  });

  it("says that without a key nothing is proven of who wrote it", async () => {
    const { folder } = await createDesk();
    const run = audit(folder, "verify");
    expect(run.status).toBe(0);
    expect(run.stdout).toContain("signatures: not checked, for there is no key");
  });

  it("proves an older checkpoint after the service went on", async () => {
    const { folder } = await createDesk();
    const again = await openDeskSpool(join(folder, "audit"));
    await accept(again, lines);
    await again.close();
    const run = audit(folder, "verify", ...key, "--checkpoint", "checkpoint.txt");
    expect(run.status).toBe(0);
    expect(run.stdout).toContain("older checkpoint: the record goes on from it");
  });

  it("ends with 11 where a byte is flipped, and tells the first bad place", async () => {
    const { folder, spool, segments } = await createDesk();
    const [name = ""] = segments();
    const bytes = readFileSync(join(spool, name));
    const at = bytes.indexOf(idOf(1));
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    write(join(spool, name), bytes);
    const run = audit(folder, "verify", ...key);
    expect(run.status).toBe(11);
    expect(run.stdout).toMatch(/^corrupt: /);
    expect(run.stdout).toMatch(
      new RegExp(`first: ${name} at \\d+\n  corrupt  ${name} at \\d+  bytes`),
    );
    expect(run.stdout).toContain("what to do: copy the folder");
    const { findings, exitCode } = JSON.parse(audit(folder, "verify", ...key, "--json").stdout);
    expect(exitCode).toBe(11);
    expect(findings[0].fault).toBe("corrupt");
    expect(findings[0].offset).toBeLessThan(at);
    expect(findings[0].offset).toBeGreaterThan(at - 600);
  });

  it("ends with 10 where a kill left a torn end, and the next start repairs it", async () => {
    const { folder } = await createDesk();
    const copy = createProject({});
    const running = await openDeskSpool(join(folder, "audit"));
    await accept(running, many.slice(0, 3));
    // As a kill leaves it: nothing was closed.
    cpSync(join(folder, "audit"), join(copy, "audit"), { recursive: true, verbatimSymlinks: true });
    await running.close();
    rmSync(join(copy, "audit/spool/lock"), { force: true });
    const last =
      readdirSync(join(copy, "audit/spool"))
        .filter((name) => name.startsWith("segment-"))
        .toSorted()
        .at(-1) ?? "";
    const path = join(copy, "audit/spool", last);
    truncateSync(path, readFileSync(path).length - 5);
    const run = audit(copy, "verify", ...key);
    expect([run.status, run.stdout.split(":")[0]]).toEqual([10, "torn"]);
    const repaired = await openDeskSpool(join(copy, "audit"));
    await repaired.close();
    expect(audit(copy, "verify", ...key).status).toBe(0);
  });

  it("ends with 12 where the last segment is gone, or an older folder is put back", async () => {
    const { folder, spool, segments } = await createDesk();
    const yesterday = createProject({});
    cpSync(join(folder, "audit"), join(yesterday, "audit"), { recursive: true });
    const again = await openDeskSpool(join(folder, "audit"));
    await accept(again, many);
    await again.close();
    write(join(folder, "today.txt"), again.checkpoint() ?? "");
    write(join(yesterday, "today.txt"), again.checkpoint() ?? "");
    expect(audit(yesterday, "verify", ...key).status).toBe(0);
    const restored = audit(yesterday, "verify", ...key, "--checkpoint", "today.txt");
    expect(restored.status).toBe(12);
    expect(restored.stdout).toContain("older checkpoint: the record does not go on from it");
    rmSync(join(spool, segments().toSorted().at(-1) ?? ""));
    expect(audit(folder, "verify", ...key, "--checkpoint", "today.txt").status).toBe(12);
    const middle = segments().toSorted()[1] ?? "";
    rmSync(join(spool, middle));
    const gone = audit(folder, "verify", ...key);
    expect(gone.status).toBe(12);
    expect(gone.stdout).toContain(middle);
  });

  it("ends with 13 where the checkpoint that is shown is not what was signed", async () => {
    const { folder, checkpoint } = await createDesk();
    write(join(folder, "forged.txt"), checkpoint.replace(/events \d+/, "events 7"));
    expect(audit(folder, "verify", ...key, "--checkpoint", "forged.txt").status).toBe(13);
  });

  it("ends with 14 where another key signed", async () => {
    const { folder } = await createDesk();
    const stranger = createNoteKey("stranger");
    const run = audit(folder, "verify", "--key", stranger.verifierKey);
    expect(run.status).toBe(14);
    const other = createProject({});
    const signers = [openNoteSigner("stranger", stranger.privateKey)];
    const spool = await openDeskSpool(join(other, "audit"), { signers });
    await accept(spool, lines);
    await spool.close();
    expect(audit(other, "verify", ...key).status).toBe(14);
    expect(audit(other, "verify", ...key, "--key", stranger.verifierKey).status).toBe(0);
  });

  it("verifies beside the service that writes, without its lock", async () => {
    const { folder } = await createDesk();
    const spool = await openDeskSpool(join(folder, "audit"));
    await accept(spool, lines);
    const run = audit(folder, "verify", ...key, "--json");
    expect(JSON.parse(run.stdout)).toMatchObject({ verdict: "intact", isOpen: true });
    expect(audit(folder, "query", "--type", "policy.swapped").stdout.split("\n")).toHaveLength(2);
    await accept(spool, lines);
    await spool.close();
    expect(audit(folder, "verify", ...key).status).toBe(0);
  });

  it("repeats no key that is none, and refuses a secret one", async () => {
    const { folder } = await createDesk();
    const secret = "PRIVATE+KEY+desk+00000000+c2VjcmV0";
    const run = audit(folder, "verify", "--key", secret);
    expect(run.status).toBe(2);
    expect(run.stdout + run.stderr).not.toContain("c2VjcmV0");
    expect(run.stderr).toContain("a secret key is given");
    const typed = audit(folder, "verify", "--key", "desk+0000+c2VjcmV0");
    expect([typed.status, typed.stderr.includes("c2VjcmV0")]).toEqual([2, false]);
    expect(audit(folder, "verify", "--key", "@none").stderr).toContain(
      "`none` of `--key` cannot be read (ENOENT)",
    );
    expect(audit(folder, "verify", "--checkpoint", "none").status).toBe(2);
    const wrong = deskKey.verifierKey.replace(/\+[0-9a-f]{8}\+/, "+00000000+");
    expect(audit(folder, "verify", "--key", wrong).status).toBe(2);
  });

  it("proves nothing of a file that is no spool", async () => {
    const { folder } = await createDesk();
    await fillSink(join(folder, "copy.jsonl"), "jsonl");
    const run = audit(folder, "verify", ...key, "--from", "copy.jsonl");
    expect([run.status, run.stdout]).toEqual([1, ""]);
    expect(run.stderr).toContain("nothing in it proves that it is whole");
  });
});
