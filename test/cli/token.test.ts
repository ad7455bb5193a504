import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { createProject } from "./create-project.js";
import { gatewrightCommand, plainEnvironment, runGatewright } from "./run-gatewright.js";
import type { Run } from "./run-gatewright.js";

const folder = createProject({});
const party = ["--issuer", "https://id.example", "--audience", "desk"];

/** With a token on standard input. */
function run(args: readonly string[], input = ""): Run {
  const [node, script] = gatewrightCommand;
  const options = { cwd: folder, env: plainEnvironment, encoding: "utf8", input } as const;
  const { status, stdout, stderr } = spawnSync(node, [script, "token", ...args], options);
  return { status, stdout, stderr };
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

function issue(...more: readonly string[]): string {
  const { status, stdout, stderr } = run(["issue", ...party, "--subject", "ada", ...more]);
  expect([status, stderr]).toEqual([0, ""]);
  return stdout.trim();
}

describe("token", () => {
  beforeAll(() => {
    for (const args of [[], ["--alg", "ES256"], ["--alg", "A256GCM"]]) {
      expect(runGatewright(folder, ["keys", "generate", ...args]).status).toBe(0);
    }
    const sliced = ["--ring", "sliced.json", "--strategy", "sliced"];
    runGatewright(folder, ["keys", "generate", ...sliced]);
    const { stdout } = runGatewright(folder, ["keys", "export"]);
    writeFileSync(join(folder, "jwks.json"), stdout);
  });

  it("issues tokens that the verifier accepts, by the ring or by its public keys", () => {
    const token = issue("--claims", '{"roles":["clerk"],"iss":"mine"}');
    const byRing = run(["verify", ...party, "--json"], token);
    const { verified, claims } = JSON.parse(byRing.stdout);
    expect([byRing.status, verified]).toEqual([0, true]);
    expect(claims).toMatchObject({ sub: "ada", roles: ["clerk"], iss: "https://id.example" });
    expect(claims.exp - claims.iat).toBe(300);
    const byFile = run(["verify", "--jwks", "jwks.json", ...party], token);
    expect(byFile.stdout).toMatch(/^accepted, signed by key [0-9a-f]{12}\n/);
    expect(run(["verify", ...party], issue("--alg", "ES256")).status).toBe(0);
  });

  it("issues and verifies nested ones, and those of derived keys", () => {
    const nested = issue("--encrypt");
    expect(nested.split(".")).toHaveLength(5);
    expect(run(["verify", ...party, "--encrypt"], nested).status).toBe(0);
    expect(run(["verify", ...party], nested).stdout).toMatch(/^refused \(malformed\): /);
    expect(run(["verify", ...party, "--encrypt"], issue()).stdout).toMatch(
      /^refused \(not-encrypted\): /,
    );
    const sliced = issue("--ring", "sliced.json");
    expect(run(["verify", "--ring", "sliced.json", ...party], sliced).status).toBe(0);
  });

  it("says why a token is refused, with a word for scripts", () => {
    const token = issue();
    const cases: readonly (readonly [readonly string[], string, string, string])[] = [
      [party, "a.b", "malformed", "compact form"],
      [party, `${token.slice(0, -6)}AAAAAA`, "signature", "signature"],
      [["--issuer", "https://other", "--audience", "desk"], token, "issuer", "another issuer"],
      [["--issuer", "https://id.example", "--audience", "x"], token, "claim:aud", "`aud`"],
      [[...party, "--ring", "sliced.json"], token, "algorithm", "none of the algorithms"],
      [[...party, "--alg", "ES256"], token, "algorithm", "none of the algorithms"],
    ];
    for (const [args, given, cause, words] of cases) {
      const { status, stdout } = run(["verify", ...args], given);
      expect([status, stdout]).toEqual([3, expect.stringContaining(`refused (${cause}): `)]);
      expect(stdout).toContain(words);
      const { verified, cause: told } = JSON.parse(
        run(["verify", ...args, "--json"], given).stdout,
      );
      expect([verified, told]).toEqual([false, cause]);
    }
  });

  it("inspects without a key, and says that nobody verified it", () => {
    const token = issue();
    const { status, stdout } = run(["inspect"], `${token}\n`);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^not verified: /);
    expect(stdout).toContain('"sub": "ada"');
    expect(stdout).not.toContain(token.split(".")[2] ?? "");
    expect(JSON.parse(run(["inspect", "--json"], token).stdout)).toMatchObject({ verified: false });
    writeFileSync(join(folder, "token.txt"), issue("--encrypt"));
    expect(run(["inspect", "--token", "token.txt"]).stdout).toContain("the claims are encrypted");
    expect(run(["inspect"], "hello").status).toBe(3);
  });

  it("shows control characters of a token as what they are", () => {
    const forged = `${encode({ alg: "none" })}.${encode({ sub: "\u001b[2J\u0085", exp: 1 })}.`;
    const { stdout } = run(["inspect"], forged);
    expect(stdout).not.toContain("\u001b");
    expect(stdout).not.toContain("\u0085");
    expect(stdout).toContain("exp is 1970-01-01T00:00:01.000Z, it has ended");
  });

  it("never prints a key of the ring", () => {
    const { entries } = JSON.parse(readFileSync(join(folder, "keys/ring.json"), "utf8"));
    const secrets = entries.flatMap(
      ({ key }: { key: { d?: string; k?: string } }) => key.d ?? key.k,
    );
    expect(secrets).toHaveLength(3);
    const token = issue("--json");
    const printed = [
      token,
      run(["verify", ...party], token).stdout,
      run(["inspect"], token).stdout,
    ];
    for (const secret of secrets) expect(printed.join("")).not.toContain(secret);
  });

  it("refuses what it does not understand", () => {
    const cases: readonly (readonly [readonly string[], string])[] = [
      [["sign"], "there is no action `sign`"],
      [["issue"], "`--issuer` is missing"],
      [["issue", ...party], "`--subject` is missing"],
      [["issue", ...party, "--subject", "a", "--lifetime", "1h"], "longer than the ring"],
      [["issue", ...party, "--subject", "a", "--lifetime", "x"], "is not a duration"],
      [["issue", ...party, "--subject", "a", "--claims", "x"], "is not JSON"],
      [["verify", ...party, "--token", "none.txt"], "cannot be read from `none.txt`"],
    ];
    for (const [args, expected] of cases) {
      const { status, stderr } = run(args);
      expect([status, stderr]).toEqual([2, expect.stringContaining(expected)]);
    }
    const missing = run(["verify", ...party, "--ring", "none.json"], "a.b.c");
    expect([missing.status, missing.stderr]).toEqual([
      1,
      "gatewright: the key ring `none.json` cannot be read: ENOENT\n",
    ]);
  });
});
