import { insertSegment, insertSomewhere, mapSegment } from "./draft.js";
import type { Draft, Mutation } from "./draft.js";
import type { Random } from "./random.js";

/** Everything that may be done to the path of a request. */
export const pathMutations: readonly Mutation[] = [
  onPath("case", (path, random) =>
    path.replace(/[a-z]/gi, (letter) => (random.chance(0.5) ? swapCase(letter) : letter)),
  ),
  onPath("trailing slash", (path) =>
    path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : `${path}/`,
  ),
  onPath("encoded unreserved", (path, random) =>
    changeOne(path, random, /[A-Za-z0-9~_-]/g, (letter) => hex(letter, random)),
  ),
  onPath("encoded slash", (path, random) =>
    random.chance(0.4)
      ? insertSomewhere(path, random, random.pick(["%2F", "%2f"]))
      : changeOne(path, random, /(?<=.)[/]/g, () => random.pick(["%2F", "%2f"])),
  ),
  onPath("encoded dot", (path, random) => {
    const dots = random.pick(["%2e", "%2E%2e", ".%2e", "%2e.", "%2e%2e%2f"]);
    return random.chance(0.5)
      ? insertSegment(path, random, dots)
      : mapSegment(path, random, (segment) => segment + dots);
  }),
  onPath("other spelling", (path, random, words) => {
    const respelled = (text: string) =>
      changeOne(text, random, /%[0-9a-f]{2}|[!$&'()*+,;=:@|]/gi, (found) => {
        if (!found.startsWith("%")) return hex(found, random);
        const character = String.fromCharCode(Number.parseInt(found.slice(1), 16));
        const isWritable = /[!"$&'()*+,:;<=>@^`{|}]/.test(character);
        return isWritable ? character : found.toLowerCase();
      });
    const odd = words.filter(isOdd);
    if (odd.length === 0 || isOdd(path)) return respelled(path);
    return mapSegment(path, random, () => respelled(random.pick(odd)));
  }),
  onPath("double encoding", (path, random) =>
    random.chance(0.5)
      ? changeOne(path, random, /[A-Za-z0-9~%/_-]/g, (letter) =>
          hex(letter, random).replace("%", "%25"),
        )
      : insertSomewhere(
          path,
          random,
          random.pick(["%252F", "%252e%252e", "%2541", "%25", "%25252F"]),
        ),
  ),
  onPath("utf-8", (path, random) => {
    const text = random.pick([
      "%C3%A9",
      "%c3%a9",
      "%C3%89",
      "%E2%82%AC",
      "%F0%9F%98%80",
      "%E2%84%AA",
      "%C4%B1",
      "%EF%BC%8F",
      "%E2%80%AE",
    ]);
    return random.chance(0.5)
      ? mapSegment(path, random, () => text)
      : insertSomewhere(path, random, text);
  }),
  onPath("malformed encoding", (path, random) => {
    const text = random.pick([
      "%C0%AF",
      "%C1%A1",
      "%E0%80%AF",
      "%F0%80%80%AF",
      "%ED%A0%80",
      "%F4%90%80%80",
      "%FF",
      "%C3",
      "%",
      "%4",
      "%zz",
      "%u0061",
      "%00",
      "%0a",
      "%7F",
    ]);
    return random.chance(0.5)
      ? insertSomewhere(path, random, text)
      : mapSegment(path, random, (segment) => segment + text);
  }),
  onPath("dots", (path, random, words) => {
    const dots = random.pick([".", "..", "../", "...", "./.", "x/.."]);
    if (random.chance(0.4)) return insertSegment(path, random, dots);
    if (random.chance(0.4))
      return `/${random.pick(words)}.${random.pick(["bak", "a", "/a", "b/a"])}`;
    return mapSegment(path, random, (segment) => {
      const word = random.pick([segment, ...words]);
      return random.pick([`${word}.`, `.${word}`, `${word}.bak`, `${word}..`]);
    });
  }),
  onPath("slashes", (path, random) =>
    random.chance(0.7)
      ? changeOne(path, random, /[/]/g, () => random.pick(["//", "///"]))
      : `//${random.pick(["localhost", "a@b#", "a"])}${path}`,
  ),
  onPath("backslash", (path, random) =>
    random.chance(0.5)
      ? changeOne(path, random, /(?<=.)[/]/g, () => "\\")
      : insertSomewhere(path, random, random.pick(["\\", "%5C", "%5c", "\\..\\"])),
  ),
  onPath("semicolon", (path, random) => {
    const params = random.pick([";", ";v=1", ";a/b", ";/"]);
    if (random.chance(0.3))
      return insertSegment(path, random, random.pick([";", "..;", ".;x", ";a"]));
    return mapSegment(path, random, (segment) => segment + params);
  }),
  onPath("segments", (path, random, words) => {
    const segments = path.slice(1).split("/");
    const at = random.integer(segments.length);
    const word = random.pick([...words, "x", "|"]);
    return `/${random
      .pick([
        segments.toSpliced(at, 1),
        segments.toSpliced(at, 0, word),
        segments.with(at, word),
        segments.toReversed(),
        [...segments, word],
      ])
      .join("/")}`;
  }),
];

function onPath(
  name: string,
  change: (path: string, random: Random, words: readonly string[]) => string,
): Mutation {
  return {
    name,
    apply: (draft: Draft, random) => ({ ...draft, path: change(draft.path, random, draft.words) }),
  };
}

function isOdd(text: string): boolean {
  return /[^/A-Za-z0-9._~-]/.test(text);
}

function swapCase(letter: string): string {
  const upper = letter.toUpperCase();
  return letter === upper ? letter.toLowerCase() : upper;
}

function hex(character: string, random: Random): string {
  const digits = character.charCodeAt(0).toString(16).padStart(2, "0");
  return `%${random.chance(0.5) ? digits : digits.toUpperCase()}`;
}

/** Changes one of the places that a pattern finds; appends to a path that has none. */
function changeOne(
  path: string,
  random: Random,
  pattern: RegExp,
  change: (found: string) => string,
): string {
  const places = [...path.matchAll(pattern)];
  if (places.length === 0) return path + change("a");
  const { index, 0: found } = random.pick(places);
  return path.slice(0, index) + change(found) + path.slice(index + found.length);
}
