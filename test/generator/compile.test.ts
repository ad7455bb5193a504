import { describe, expect, it } from "vitest";
import { compile } from "../../generator/compile.js";
import { positionAt } from "../../generator/diagnostics/position.js";
import { edited, fullPolicy, stepsIn } from "../full-policy.js";

/** Per mistake: its code and where it stands, as `file:line:column`; files are named `a`, `b` and so on. */
function mistakes(...texts: readonly string[]): readonly (readonly [string, string])[] {
  const sources = texts.map((text, index) => ({ path: String.fromCodePoint(97 + index), text }));
  const { files, model, snapshot, diagnostics } = compile(sources);
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  if (errors.length > 0) expect([files, model, snapshot]).toEqual([[], undefined, undefined]);
  return errors.map(({ code, at, help }) => {
    expect(help, code).toBeTruthy();
    const { line, column } = positionAt(texts[at.file.charCodeAt(0) - 97] ?? "", at.start);
    return [code, `${at.file}:${line}:${column}`];
  });
}

/** More than one place is wrong where a name is gone that several need, or several keys are missing. */
function isSeveral(codes: readonly string[]): boolean {
  return new Set(codes).size < 2 ? codes.every(isOfAName) : codes.every(isOfAnIssuer);
}

function isOfAName(code: string): boolean {
  return /^(?:unknown-(?:resource|action|role|strategy)|missing-key|method-falls-through)$/.test(
    code,
  );
}

/** Strategies name issuers, and rules for proofs are about their tokens. */
function isOfAnIssuer(code: string): boolean {
  return code === "unknown-issuer" || code === "unused-dpop";
}

const codesOf = (policy: object) => mistakes(JSON.stringify(policy, null, 1)).map(([code]) => code);

const keys = stepsIn(fullPolicy).filter((steps) => !/^[0-9]+$/.test(steps.at(-1) ?? ""));

describe("one mistake is said once", () => {
  it("begins with a policy without one", () => {
    expect(codesOf(fullPolicy)).toEqual([]);
  });

  it.each(stepsIn(fullPolicy).map((steps) => [steps.join("."), steps] as const))(
    "where the value of %s is another",
    (name, steps) => {
      for (const value of [null, 1, "zzz", true, [], {}, [null], "1", 1.5, -1]) {
        const changed = edited(fullPolicy, steps, (parent, key) => (parent[key] = value));
        const found = mistakes(JSON.stringify(changed, null, 1));
        const places = new Set(found.map(([, place]) => place));
        expect(found.length, `${name}: ${JSON.stringify(value)}: ${found.join(" ")}`).toBe(
          isSeveral(found.map(([code]) => code)) ? found.length : Math.min(1, places.size),
        );
      }
    },
  );

  it.each(keys.map((steps) => [steps.join("."), steps] as const))(
    "where the key %s is misspelt",
    (_, steps) => {
      const key = steps.at(-1) ?? "";
      const misspelt = `${key.slice(0, -1)}${key.endsWith("x") ? "y" : "x"}`;
      const found = codesOf(
        edited(fullPolicy, steps, (parent) => {
          parent[misspelt] = parent[key];
          delete parent[key];
        }),
      );
      expect(found.length <= 1 || isSeveral(found), found.join(" ")).toBe(true);
    },
  );

  it.each(keys.map((steps) => [steps.join("."), steps] as const))(
    "where the key %s is left out",
    (_, steps) => {
      const found = codesOf(edited(fullPolicy, steps, (parent, key) => delete parent[key]));
      expect(found.length <= 1 || isSeveral(found), found.join(" ")).toBe(true);
    },
  );
});

describe("a mistake hides no other one", () => {
  const resources = "resources: {orders: {actions: [read]}}\n";

  it("of another stage in the same file", () => {
    const text = `gatewright: 1
${resources}roles:
  clerk: {descripton: x, inherits: [nobody], grants: [orders.raed]}
  clark: {grants: [orders.read], grants: []}
routes:
  /a//b: {GET: public, get: public}
  /c: {GET: publik, POST: orders.*}
  /d/**: {GET: public}
tokens: {desk: {isuer: x, audience: a, algorithms: [RS512], keys: {file: k}}}
router: {trustedProxies: many}
problems: {base: nowhere}
audit: {sink: {jsonl: ../x}}
`;
    expect(mistakes(text)).toEqual([
      ["unknown-key", "a:4:11"],
      ["unknown-action", "a:4:55"],
      ["duplicate-key", "a:5:34"],
      ["unknown-method", "a:7:24"],
      ["bad-rule", "a:8:13"],
      ["wildcard-in-route", "a:8:27"],
      ["catch-all-without-reason", "a:9:16"],
      ["unknown-key", "a:10:17"],
      ["unknown-algorithm", "a:10:53"],
      ["wrong-type", "a:11:26"],
      ["bad-problem-base", "a:12:18"],
      ["bad-audit-path", "a:13:23"],
    ]);
  });

  it("in a file beside one that cannot be read", () => {
    const found = mistakes(
      "gatewright: 1\nroles: [broken\n",
      `gatewright: 1\n${resources}routes: {/a: {GET: publik, X: public, POST: [public]}}\n`,
      "gatewright: 1\nroles: {clerk: {inherits: [clerk]}}\nproblems: {base: nowhere}\n",
      "gatewright: 2\n",
    );
    expect(found).toEqual([
      ["yaml-syntax", "a:2:8"],
      ["bad-rule", "b:3:20"],
      ["unknown-method", "b:3:28"],
      ["bad-rule", "b:3:46"],
      ["role-loop", "c:2:28"],
      ["bad-problem-base", "c:3:18"],
      ["bad-value", "d:1:13"],
    ]);
  });

  it("in a file beside one that has a tag", () => {
    expect(
      mistakes(
        "gatewright: 1\nroles: {a: {grants: [!x y]}}\n",
        "gatewright: 1\nrouter: {stric: true}\n",
      ),
    ).toEqual([
      ["yaml-tag", "a:2:22"],
      ["unknown-key", "b:2:10"],
    ]);
  });
});

describe("a mistake is not said again for what it causes", () => {
  it.each([
    [
      "a file that cannot be read may declare what others name",
      [
        "a: b: c\n",
        "gatewright: 1\nroles: {a: {inherits: [b], grants: [o.read]}}\nroutes: {/a/: {GET: public}, /b: {GET: authenticated}}\n",
      ],
      [["yaml-syntax", "a:1:4"]],
    ],
    [
      "a section that is not known may declare them",
      ["gatewright: 1\nrolse: {b: }\n", "gatewright: 1\nroles: {a: {inherits: [b]}}\n"],
      [["unknown-key", "a:2:1"]],
    ],
    [
      "a section twice in a file loses names",
      [
        "gatewright: 1\nroles: {b: }\nroles: {c: }\n",
        "gatewright: 1\nroles: {a: {inherits: [b]}}\n",
      ],
      [["duplicate-key", "a:3:1"]],
    ],
    [
      "a key that is no text loses a name",
      ["gatewright: 1\nroles: {1: }\n", "gatewright: 1\nroles: {a: {inherits: ['1']}}\n"],
      [["yaml-key", "a:2:9"]],
    ],
    [
      "a resource of the wrong shape loses actions",
      [
        "gatewright: 1\nresources: {o: {action: [read]}}\n",
        "gatewright: 1\nroles: {a: {grants: [o.read]}}\n",
      ],
      [["unknown-key", "a:2:17"]],
    ],
    [
      "a router of the wrong shape reads no path",
      ["gatewright: 1\nrouter: {stict: true}\nroutes: {/a/: {GET: public}}\n"],
      [["unknown-key", "a:2:10"]],
    ],
    [
      "an alias is no value of the wrong type",
      ["gatewright: 1\nrouter: {strict: *x}\naudit: {sink: *y}\n"],
      [
        ["yaml-alias", "a:2:18"],
        ["yaml-alias", "a:3:15"],
      ],
    ],
    [
      "a tag is no rule that lacks something",
      ["gatewright: 1\nroutes: {/a: {GET: !public, PUT: {access: !x y}}}\n"],
      [
        ["yaml-tag", "a:2:20"],
        ["yaml-tag", "a:2:43"],
      ],
    ],
    [
      "a merge key may hold what is missing",
      ["gatewright: 1\ntokens: {t: {<<: *x, issuer: y}}\n"],
      [["yaml-merge-key", "a:2:14"]],
    ],
    ["a version behind a mark may be there", ["? !x gatewright\n: 1\n"], [["yaml-tag", "a:1:3"]]],
    [
      "a number that is none is no length",
      ["gatewright: 1\nrouter: {maxPathLength: .inf}\n"],
      [["yaml-number", "a:2:25"]],
    ],
  ])("%s", (_, texts, expected) => {
    expect(mistakes(...texts)).toEqual(expected);
  });

  it("and what it does not cause is said", () => {
    const roles = "gatewright: 1\nroles: {a: {inherits: [b]}}\n";
    expect(mistakes("gatewright: 1\nproblems: {bas: x}\n", roles)).toEqual([
      ["unknown-key", "a:2:12"],
      ["unknown-role", "b:2:24"],
    ]);
    expect(mistakes("gatewright: 1\nroles: {c: {grant: []}}\n", roles)).toEqual([
      ["unknown-key", "a:2:13"],
      ["unknown-role", "b:2:24"],
    ]);
    const paths = "gatewright: 1\nrouter: {strict: false}\nroutes: {/a/: {GET: public}}\n";
    expect(mistakes("gatewright: 1\nroles: {a: {grant: []}}\n", paths)).toEqual([
      ["unknown-key", "a:2:13"],
      ["trailing-slash", "b:3:10"],
    ]);
  });
});
