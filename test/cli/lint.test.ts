import { describe, expect, it } from "vitest";
import { diagnosticCodes } from "../../generator/diagnostics/codes.js";
import { createProject, desk } from "./create-project.js";
import { runGatewright } from "./run-gatewright.js";

/** Mistakes of every stage in three files, in another order than that of the report. */
const mistaken = createProject({
  "policies/z.yaml": `gatewright: 1
roles:
  boss: { inherits: [clrk], grants: [orders.raed] }
`,
  "policies/b/c.yaml": "gatewright: 1\nrole: {}\n",
  "policies/access.yaml": desk["policies/access.yaml"] ?? "",
  "policies/orders.yaml": (desk["policies/orders.yaml"] ?? "").replace(
    "GET: public",
    "GET: publik",
  ),
});

const doubtful = createProject({
  ...desk,
  "policies/more.yaml": `gatewright: 1
roles:
  boss: {}
  "100%:\\u00e9": {}
`,
});

describe("gatewright lint", () => {
  it("has nothing to say about a good policy", () => {
    const run = runGatewright(createProject(), ["lint"]);
    expect(run).toEqual({ status: 0, stdout: "no mistakes in 2 files\n", stderr: "" });
  });

  it("reports the mistakes of all files in one run, sorted by file", () => {
    const { status, stdout, stderr } = runGatewright(mistaken, ["lint"]);
    expect({ status, stderr }).toEqual({ status: 1, stderr: "" });
    expect(stdout.match(/^ *--> .*/gm)).toEqual([
      " --> policies/b/c.yaml:2:1",
      " --> policies/orders.yaml:7:10",
    ]);
    expect(stdout).toContain("error[unknown-key]: unknown key `role`");
    expect(stdout).toContain("2 | role: {}\n  | ^^^^\n  = help: did you mean `roles`?\n");
    expect(stdout).toContain("\n\n2 errors\n");
  });

  it("reports what the whole policy shows once every file can be read", () => {
    const folder = createProject({
      ...desk,
      "policies/z.yaml":
        "gatewright: 1\nroles:\n  boss: { inherits: [clrk], grants: [orders.raed] }\n",
      "policies/a.yaml": "gatewright: 1\nroles:\n  clerk: {}\n",
    });
    const { stdout } = runGatewright(folder, ["lint"]);
    expect(stdout.match(/^(?:error|warning)\[.*|^ *(?:-->|:::) .*/gm)).toEqual([
      "error[duplicate-role]: role `clerk` is declared twice",
      " --> policies/access.yaml:3:3",
      " ::: policies/a.yaml:3:3",
      "error[unknown-role]: unknown role `clrk`",
      " --> policies/z.yaml:3:22",
      "error[unknown-action]: resource `orders` has no action `raed`",
      " --> policies/z.yaml:3:38",
    ]);
  });

  it.each([
    [["lint"], 0, ""],
    [["lint", "--max-warnings", "2"], 0, ""],
    [["lint", "--max-warnings", "1"], 1, "more warnings than `--max-warnings 1` allows"],
    [["lint", "--max-warnings=0"], 1, "more warnings than `--max-warnings 0` allows"],
  ])("lets warnings pass up to a limit: %j", (args, wanted, said) => {
    const { status, stdout } = runGatewright(doubtful, args);
    expect(status).toBe(wanted);
    expect(stdout).toContain("warning[unused-role]: ");
    expect(stdout).toContain("2 warnings\n");
    expect(stdout).toMatch(said === "" ? /2 warnings\n$/ : new RegExp(`${said}\n$`));
  });

  it("prints an object in JSON", () => {
    const args = ["lint", "--json", "--max-warnings", "1"];
    const { status, stdout, stderr } = runGatewright(doubtful, args);
    expect({ status, stderr }).toEqual({ status: 1, stderr: "" });
    expect(JSON.parse(stdout)).toEqual({
      command: "lint",
      exitCode: 1,
      diagnostics: [
        {
          code: "unused-role",
          severity: "warning",
          message: "role `boss` opens no route and closes none",
          help: expect.any(String),
          file: "policies/more.yaml",
          line: 3,
          column: 3,
          endLine: 3,
          endColumn: 7,
          related: [],
        },
        expect.objectContaining({ line: 4, column: 3, endColumn: 16 }),
      ],
      files: 3,
      errors: 0,
      warnings: 2,
      maxWarnings: 1,
    });
    expect(runGatewright(doubtful, ["lint", "--format", "json", "--max-warnings=1"]).stdout).toBe(
      stdout,
    );
    const good = runGatewright(createProject(), ["lint", "--json"]);
    expect(JSON.parse(good.stdout)).toEqual({
      command: "lint",
      exitCode: 0,
      diagnostics: [],
      files: 2,
      errors: 0,
      warnings: 0,
      maxWarnings: null,
    });
  });

  it("prints annotations for GitHub, escaped", () => {
    const { status, stdout } = runGatewright(doubtful, ["lint", "--format", "github"]);
    expect(status).toBe(0);
    const lines = stdout.trimEnd().split("\n");
    expect(lines).toHaveLength(2);
    for (const line of lines)
      expect(line).toMatch(/^::warning file=policies\/more\.yaml,line=\d+,/);
    expect(lines[1]).toContain(",col=3,endColumn=16,title=unused-role::role `100%25:é` opens");
    expect(runGatewright(createProject(), ["lint", "--format=github"]).stdout).toBe("");
  });

  it("escapes what would end a property of an annotation", () => {
    const odd = "policies/100%, a:b.yaml";
    const folder = createProject({ ...desk, [odd]: "gatewright: 1\nroles:\n  boss: {}\n" });
    const { stdout } = runGatewright(folder, ["lint", "--format", "github"]);
    expect(stdout).toMatch(/^::warning file=policies\/100%25%2C a%3Ab\.yaml,line=3,/);
    expect(stdout.trimEnd().split("\n")).toHaveLength(1);
  });
});

describe("SARIF of gatewright lint", () => {
  const { status, stdout } = runGatewright(mistaken, ["lint", "--format", "sarif"]);
  const log = JSON.parse(stdout);
  const [run] = log.runs;

  it("is a log of version 2.1.0 with one run of one tool", () => {
    expect(status).toBe(1);
    expect(log.version).toBe("2.1.0");
    expect(log.$schema).toMatch(/^https:\/\/.*sarif.*2\.1\.0.*\.json$/);
    expect(log.runs).toHaveLength(1);
    expect(run.tool.driver.name).toBe("gatewright");
    expect(run.columnKind).toBe("utf16CodeUnits");
  });

  it("describes every rule that a result names", () => {
    const rules: readonly { id: string; shortDescription: { text: string } }[] =
      run.tool.driver.rules;
    expect(rules.map(({ id }) => id)).toEqual(["bad-rule", "unknown-key"]);
    for (const { id, shortDescription } of rules) {
      expect(shortDescription.text).toBe(diagnosticCodes.get(id));
    }
    for (const result of run.results) expect(rules[result.ruleIndex]?.id).toBe(result.ruleId);
  });

  it("gives every result a level, a message and one place", () => {
    expect(run.results).toHaveLength(2);
    for (const { level, message, locations, relatedLocations } of run.results) {
      expect(level).toBe("error");
      expect(message.text).toMatch(/^[^\n]+\n[^\n]+$/);
      expect(locations).toHaveLength(1);
      expect(relatedLocations).toEqual([]);
      const { artifactLocation, region } = locations[0].physicalLocation;
      expect(artifactLocation.uri).toMatch(/^policies\//);
      expect(region.startLine).toBeGreaterThanOrEqual(1);
      expect(region.startColumn).toBeGreaterThanOrEqual(1);
      expect(region.endLine).toBeGreaterThanOrEqual(region.startLine);
      expect(region.endColumn).toBeGreaterThan(region.startColumn);
    }
  });

  it("has an empty list of results for a good policy", () => {
    const good = runGatewright(createProject(), ["lint", "--format", "sarif"]);
    expect(good.status).toBe(0);
    expect(JSON.parse(good.stdout).runs[0].results).toEqual([]);
  });

  it("writes a path with odd characters as a URI", () => {
    const folder = createProject({ ...desk, "policies/a b#c%.yaml": "roles: {}\n" });
    const { runs } = JSON.parse(runGatewright(folder, ["lint", "--format", "sarif"]).stdout);
    const { uri } = runs[0].results[0].locations[0].physicalLocation.artifactLocation;
    expect(uri).toBe("policies/a%20b%23c%25.yaml");
  });
});
