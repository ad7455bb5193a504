import { describe, expect, it } from "vitest";
import { validateShape } from "../../../generator/2-validate/validate-shape.js";
import { positionAt } from "../../../generator/diagnostics/position.js";
import { documentOf } from "../documents-of.js";

type Found = readonly [code: string, place: string, message: string, help: string];

/** The mistakes of a file that says its version. */
function mistakes(text: string): readonly Found[] {
  return mistakesAlone(text.startsWith("gatewright") ? text : `gatewright: 1\n${text}`);
}

function mistakesAlone(text: string): readonly Found[] {
  return validateShape(documentOf(text)).map(({ code, at, message, help = "" }) => {
    const { line, column } = positionAt(text, at.start);
    return [code, `${line}:${column}`, message, help];
  });
}

/** The one mistake of a text. */
function mistake(text: string) {
  const [found, ...others] = mistakes(text);
  expect(others).toEqual([]);
  return found;
}

describe("keys", () => {
  it.each([
    ["role: {}", "2:1", "role", "did you mean `roles`?"],
    ["Roles: {}", "2:1", "Roles", "did you mean `roles`?"],
    ["roles: {a: {grant: []}}", "2:13", "grant", "did you mean `grants`?"],
    ["roles: {a: {inherit: []}}", "2:13", "inherit", "did you mean `inherits`?"],
    [
      "resources: {o: {actions: [a], atributes: {}}}",
      "2:31",
      "atributes",
      "did you mean `attributes`?",
    ],
    [
      "resources: {o: {actions: [a], attributes: {x: {type: int, optinal: true}}}}",
      "2:59",
      "optinal",
      "did you mean `optional`?",
    ],
    ["routes: {/a: {GET: {acces: public}}}", "2:21", "acces", "did you mean `access`?"],
    ["routes: {/a: {/b: {GET: {catchall: x}}}}", "2:26", "catchall", "did you mean `catchAll`?"],
    ["routes: {/:a: {params: {a: {typ: int}}}}", "2:29", "typ", "did you mean `type`?"],
    ["principal: {role: x}", "2:13", "role", "did you mean `roles`?"],
    ["principal: {claims: {a: {type: int, clam: x}}}", "2:37", "clam", "did you mean `claim`?"],
    [
      "tokens: {t: {issuer: x, audience: a, algorithms: [ES256], keys: {env: K}}}",
      "2:66",
      "env",
      "did you mean `environment`?",
    ],
    ["router: {trustedProxy: 1}", "2:10", "trustedProxy", "did you mean `trustedProxies`?"],
    ["problems: {title: {}}", "2:12", "title", "did you mean `titles`?"],
    ["audit: {sinkz: {jsonl: a}}", "2:9", "sinkz", "did you mean `sink`?"],
    [
      "audit: {colour: red}",
      "2:9",
      "colour",
      "known here: sink, log, categories, sinks, compliance, secret, events",
    ],
  ])("unknown in %s", (text, place, key, help) => {
    expect(mistake(text)).toEqual(["unknown-key", place, `unknown key \`${key}\``, help]);
  });

  it.each([
    ["resources: {o: {}}", "2:13", "`o` has no `actions`"],
    [
      "resources: {o: {actions: [a], attributes: {x: {optional: true}}}}",
      "2:44",
      "`x` has no `type`",
    ],
    ["principal: {roles: {format: list}}", "2:13", "`roles` has no `claim`"],
    ["principal: {claims: {a: {claim: b}}}", "2:22", "`a` has no `type`"],
    [
      "tokens: {t: {issuer: x, algorithms: [ES256], keys: {file: k}}}",
      "2:10",
      "`t` has no `audience`",
    ],
    ["audit: {sink: {}}", "2:9", "`sink` has no `jsonl`"],
  ])("missing in %s", (text, place, message) => {
    const [code, ...found] = mistake(text) ?? [];
    expect([code, ...found.slice(0, 2)]).toEqual(["missing-key", place, message]);
    expect(found[2]).toMatch(/^write `[a-zA-Z]+:`; ./);
  });

  it.each([
    ["resources: {o: {action: [a]}}", "2:17", "did you mean `actions`?"],
    ["resources: {o: {verbs: [a]}}", "2:17", "did you mean `actions`?"],
    ["principal: {roles: {path: x}}", "2:21", "did you mean `claim`?"],
    [
      "tokens: {t: {isuer: x, audience: a, algorithms: [ES256], keys: {file: k}}}",
      "2:14",
      "did you mean `issuer`?",
    ],
    ["gatewrigth: 1", "1:1", "did you mean `gatewright`?"],
  ])("missing and unknown at once are one that was renamed: %s", (text, place, help) => {
    const found = text.startsWith("gatewrigth") ? mistakesAlone(text) : mistakes(text);
    expect(found.map(([code, at, , cure]) => [code, at, cure])).toEqual([
      ["unknown-key", place, help],
    ]);
  });

  it("missing twice beside an unknown one may be either", () => {
    const text = "tokens: {t: {foo: x, audience: a, algorithms: [ES256]}}";
    expect(mistakes(text).map(([code, , message]) => [code, message])).toEqual([
      ["missing-key", "`t` has no `issuer`"],
      ["missing-key", "`t` has no `keys`"],
      ["unknown-key", "unknown key `foo`"],
    ]);
  });

  it("wants the version of the language, and knows one", () => {
    expect(mistakesAlone("roles: {}\n")).toEqual([
      [
        "missing-version",
        "1:1",
        "the file does not say its version of the policy language",
        "begin with `gatewright: 1`",
      ],
    ]);
    for (const [text, place] of [
      ["2", "1:13"],
      ["'1'", "1:13"],
      ["1.5", "1:13"],
      ["true", "1:13"],
      ["", "1:1"],
    ]) {
      expect(mistake(`gatewright: ${text}\n`)).toEqual([
        "bad-value",
        place,
        "`gatewright` must be 1",
        "write `gatewright: 1`",
      ]);
    }
  });
});

describe("types", () => {
  it.each([
    ["roles: [a]", "2:8", "`roles` is a list, not a map"],
    ["roles:", "2:1", "`roles` is empty, not a map"],
    ["roles: {a: b}", "2:12", "`a` is a text, not a map"],
    ["roles: {a: {grants: {b: c}}}", "2:21", "`grants` is a map, not a text or a list"],
    [
      "roles: {a: {grants: [x.y, [z]]}}",
      "2:27",
      "an item of `grants` is a list, not a text or a map",
    ],
    [
      "roles: {a: {grants: [x.y, ]}}\nresources: {o: {actions: read}}",
      "3:26",
      "`actions` is a text, not a list",
    ],
    ["routes: {/a: {GET: }}", "2:15", "`GET` is empty, not a text, a list or a map"],
    ["routes: {/a: public}", "2:14", "`/a` is a text, not a map"],
    ["routes: {/:a: {params: {a: int}}}", "2:28", "`a` is a text, not a map"],
    ["router: {maxPathLength: 1.5}", "2:25", "`maxPathLength` is a number, not a whole number"],
    ["router: {strict: 1}", "2:18", "`strict` is a number, not `true` or `false`"],
    ["audit: {sink: file}", "2:15", "`sink` is a text, not a map"],
  ])("are wrong in %s", (text, place, message) => {
    const [code, at, found, help] = mistake(text) ?? [];
    expect([code, at, found]).toEqual(["wrong-type", place, message]);
    expect(help).toMatch(/like `|^write /);
  });

  it.each(["yes", "no", "on", "off", "'true'"])(
    "take %s for no truth value, and say why",
    (word) => {
      expect(mistake(`router: {strict: ${word}}`)).toEqual([
        "wrong-type",
        "2:18",
        "`strict` is a text, not `true` or `false`",
        "write `true` or `false`; every other word is a text",
      ]);
    },
  );

  it.each([
    ["roles: {a: {description: 1}}", "`description` is a number, not a text"],
    ["roles: {a: {inherits: [true]}}", "an item of `inherits` is `true`, not a text"],
    [
      "tokens: {t: {issuer: x, audience: a, algorithms: [ES256], keys: {environment: 1}}}",
      "`environment` is a number, not a text",
    ],
    ["router: {trustedProxies: [1.5]}", "an item of `trustedProxies` is a number, not a text"],
  ])("want quotes in %s", (text, message) => {
    const [code, , found, help] = mistake(text) ?? [];
    expect([code, found, help]).toEqual([
      "wrong-type",
      message,
      "put it in quotes if it is a text",
    ]);
  });
});

describe("words and names", () => {
  it.each([
    [
      "principal: {from: aplication}",
      "2:19",
      "`from` cannot be `aplication`",
      "did you mean `application`?",
    ],
    [
      "router: {semicolons: deny}",
      "2:22",
      "`semicolons` cannot be `deny`",
      "write one of refuse, allow",
    ],
    [
      "routes: {/:a: {params: {a: {type: integer}}}}",
      "2:35",
      "`type` cannot be `integer`",
      "write one of string, int, uuid",
    ],
    [
      "resources: {o: {actions: [a], attributes: {x: {type: strng}}}}",
      "2:54",
      "`type` cannot be `strng`",
      "did you mean `string`?",
    ],
  ])("are chosen from a few: %s", (text, place, message, help) => {
    expect(mistake(text)).toEqual(["bad-value", place, message, help]);
  });

  it.each([
    ["roles: {'a b': }", "2:9", "a b"],
    ["roles: {'*': }", "2:9", "*"],
    ["roles: {'a,b': }", "2:9", "a,b"],
    [`roles: {${"r".repeat(201)}: }`, "2:9", "r".repeat(201)],
    ["resources: {o.p: {actions: [a]}}", "2:13", "o.p"],
    ["resources: {1o: {actions: [a]}}", "2:13", "1o"],
    ["resources: {o: {actions: ['a b']}}", "2:27", "a b"],
    ["resources: {o: {actions: ['*']}}", "2:27", "*"],
    ["resources: {o: {actions: [a], attributes: {é: int}}}", "2:44", "é"],
    ["routes: {/:a: {params: {a-b: {}}}}", "2:25", "a-b"],
    ["principal: {claims: {'a b': int}}", "2:22", "a b"],
    [
      "tokens: {'t t': {issuer: x, audience: a, algorithms: [ES256], keys: {file: k}}}",
      "2:10",
      "t t",
    ],
  ])("have letters that can be told apart: %s", (text, place, name) => {
    const [code, at, message, help] = mistake(text) ?? [];
    expect([code, at, message]).toEqual(["bad-name", place, `\`${name}\` cannot be a name here`]);
    expect(help).toMatch(/^begin with a letter|^a role's name/);
  });

  it("are not empty", () => {
    expect(
      mistakes("tokens: {t: {issuer: '', audience: a, algorithms: [], keys: {file: k}}}").map(
        ([code, at, message]) => [code, at, message],
      ),
    ).toEqual([
      ["bad-value", "2:22", "`issuer` is an empty text"],
      ["bad-value", "2:51", "`algorithms` is an empty list"],
    ]);
    expect(mistake("problems: {titles: {forbidden: ''}}")?.slice(0, 3)).toEqual([
      "bad-value",
      "2:32",
      "`forbidden` is an empty text",
    ]);
    expect(mistake(`problems: {titles: {forbidden: ${"x".repeat(201)}}}`)?.slice(0, 3)).toEqual([
      "bad-value",
      "2:32",
      "`forbidden` is too long",
    ]);
  });
});

describe("a file full of mistakes", () => {
  it.each([
    ["resources without actions", "resources", "{}"],
    ["resources with renamed actions", "resources", "{action: []}"],
    ["roles of the wrong type", "roles", "1"],
    ["roles with unknown keys", "roles", "{grant: []}"],
    ["keys that are not known", "router", "1"],
  ])("shows the first hundred, and ends: %s", (_, section, value) => {
    const entries = Array.from({ length: 25_000 }, (_entry, index) => `  n${index}: ${value}\n`);
    const found = mistakes(`${section}:\n${entries.join("")}`);
    expect(found).toHaveLength(100);
    expect(new Set(found.map(([, place]) => place)).size).toBeGreaterThanOrEqual(50);
  });

  it("bounds what it repeats of a long name", () => {
    const [code, , message = ""] = mistake(`roles: {? ${"k".repeat(500_000)} : }`) ?? [];
    expect(code).toBe("bad-name");
    expect(message.length).toBeLessThan(300);
  });
});
