import type { HostName } from "../host-apps/host-app.js";
import type { Fault } from "./bundle-agreement.js";

/** A fault, and a host on which it lets the wrong handler run or the right one not. */
export interface PlantedFault extends Fault {
  readonly host: HostName;
}

const walkOn = "walk(trie, classes, path, child, at + 1, end, wanted)";
const routeEnded = "routeAt(words, word(words, node + END), wanted);";
const restList = "(word(words, node + WAYS) && word(words, word(words, node + WAYS) + REST))";
const routeRest = `routeAt(words, ${restList}, wanted);`;
const asked = "const number = methodNumber(snapshot, method);";

/** What a matcher, a decision or a door can get wrong, each by itself. */
export const faults: readonly PlantedFault[] = [
  {
    name: "GET beats HEAD at one pattern",
    host: "express5",
    file: "trie.ts",
    edits: [
      [
        "for (let entry = list + word(words, list); entry > list; entry -= 1) {",
        "for (let entry = list + 1; entry <= list + word(words, list); entry += 1) {",
      ],
    ],
  },
  {
    name: "HEAD ignores the rules of GET where some HEAD is bound",
    host: "express4",
    file: "snapshot.ts",
    edits: [['method === "HEAD" ? 1 << methods.indexOf("GET") : 0', "0"]],
  },
  {
    name: "capitals are never folded",
    host: "express5",
    file: "target.ts",
    edits: [["!caseSensitive && code >= 65 && code <= 90", "false"]],
  },
  {
    name: "capitals are always folded",
    host: "node",
    file: "target.ts",
    edits: [["!caseSensitive && code >= 65", "code >= 65"]],
  },
  {
    name: "a strict router drops the last slash",
    host: "express4",
    file: "decide.ts",
    edits: [[" && !snapshot.source.router.strict", ""]],
  },
  {
    name: "an encoded slash ends a segment",
    host: "express5",
    file: "decide.ts",
    edits: [[asked, `target = target.replace(/%2f/gi, "/");\n${asked}`]],
  },
  {
    name: "an encoded slash is taken anywhere",
    host: "node",
    file: "decide.ts",
    edits: [["!slashesAllowed(snapshot, route, path)", "false"]],
  },
  {
    name: "the first literal that fits is never left again",
    host: "node",
    file: "trie.ts",
    edits: [
      [
        `const found = ${walkOn};\n      if (found !== NO_ROUTE) return found;`,
        `return ${walkOn};`,
      ],
    ],
  },
  {
    name: "a pattern decides by the rule of another method",
    host: "connect",
    file: "trie.ts",
    edits: [["if ((wanted & (1 << (binding & 31))) !== 0) return binding", "return binding"]],
  },
  {
    name: "a pattern without the method ends the search",
    host: "express5",
    file: "trie.ts",
    edits: [["if (ended !== NO_ROUTE) {", "if (word(words, node + END) !== 0) {"]],
  },
  {
    name: "a parameter beats a literal",
    host: "express4",
    file: "trie.ts",
    edits: [
      [
        "if (child !== 0) {",
        `const lower = ways && word(words, ways + PARAM_CHILD);
         let early = at;
         while (early < end && classes[path.charCodeAt(early)]) early += 1;
         const first = early > at && code !== DOT && lower !== 0 ? ${walkOn.replace("child, at + 1", "lower, early")} : NO_ROUTE;
         if (first !== NO_ROUTE) return first;
         if (child !== 0) {`,
      ],
    ],
  },
  {
    name: "`*` beats a parameter",
    host: "node",
    file: "trie.ts",
    edits: [
      ["const PARAM_CHILD = 1;", "const PARAM_CHILD = 2;"],
      ["const STAR_CHILD = 2;", "const STAR_CHILD = 1;"],
    ],
  },
  {
    name: "`**` beats everything",
    host: "express5",
    file: "trie.ts",
    edits: [
      [
        "if (code === QUESTION) {",
        `const isWhole = code === SLASH || code === QUESTION;
         if (isWhole && classes[PERCENT] === 0 && ${restList} !== 0) return UNCHECKED;
         const first = isWhole ? ${routeRest.slice(0, -1)} : NO_ROUTE;
         if (first !== NO_ROUTE) return first;
         if (code === QUESTION) {`,
      ],
    ],
  },
  {
    name: "`**` beats the end of the path",
    host: "connect",
    file: "trie.ts",
    edits: [
      [
        `const ended = ${routeEnded}`,
        `let ended = ${routeRest} if (ended === NO_ROUTE) ended = ${routeEnded}`,
      ],
    ],
  },
  {
    name: "the query stays on the path",
    host: "express5",
    file: "decide.ts",
    edits: [[asked, `target = target.replace("?", "%3F");\n${asked}`]],
  },
  {
    name: "the absolute form is taken for its path",
    host: "express4",
    file: "stages.ts",
    edits: [
      [
        "locate(snapshot, asked ?? method, target)",
        'locate(snapshot, asked ?? method, target.replace(/^[a-z]+:[/][/][^/]*/i, ""))',
      ],
    ],
  },
  {
    name: "path parameters are cut off",
    host: "express5",
    file: "decide.ts",
    edits: [[asked, `target = target.replace(/;[^/?]*/g, "");\n${asked}`]],
  },
  {
    name: "dot segments are let through",
    host: "node",
    file: "target.ts",
    edits: [["target.charCodeAt(start) === DOT", "false"]],
  },
  {
    name: "empty segments are let through",
    host: "express4",
    file: "target.ts",
    edits: [["if (at === start) return EMPTY_SEGMENT;", ""]],
  },
  {
    name: "backslashes are let through",
    host: "node",
    file: "target.ts",
    edits: [["if (code === BACKSLASH_CODE) return BACKSLASH;", ""]],
  },
  {
    name: "invalid UTF-8 is let through",
    host: "connect",
    file: "target.ts",
    edits: [["isDecodable(target.slice(0, at))", "true"]],
  },
  {
    name: "letters may be percent-encoded",
    host: "node",
    file: "target.ts",
    edits: [["(kind & UNRESERVED) !== 0", "false"]],
  },
  {
    name: "another spelling of the path is not looked at",
    host: "node",
    file: "decide.ts",
    edits: [["matchChecked(snapshot, number, canonical, canonical.length) !== route", "false"]],
  },
  {
    name: "parameters are decoded twice",
    host: "connect",
    file: "decide.ts",
    edits: [
      [
        'const text = decodeURIComponent(segments[param.segment] ?? "");',
        'const text = decodeURIComponent(decodeURIComponent(segments[param.segment] ?? ""));',
      ],
    ],
  },
  {
    name: "a rewritten URL is taken for the one that was sent",
    host: "express5",
    file: "http.ts",
    edits: [['? "split" : "rewritten"', '? "split" : "whole"']],
  },
  {
    name: "the prefix of a mounted router is not looked at",
    host: "express4",
    file: "http.ts",
    edits: [["original === prefix + rest", "original.endsWith(rest)"]],
  },
  {
    name: "a dot ends a mount path of Connect",
    host: "connect",
    file: "connect.ts",
    edits: [["if (!isSplit) return undefined;", "return undefined;"]],
  },
  {
    name: "a header changes the method",
    host: "express5",
    file: "stages.ts",
    edits: [
      [
        "locate(snapshot, asked ?? method, target)",
        'locate(snapshot, request.headers["x-http-method-override"] ?? asked ?? method, target)',
      ],
    ],
  },
  {
    name: "one of the permissions is enough",
    host: "express4",
    file: "decide.ts",
    edits: [
      [
        "if (!permissionPasses(snapshot, permission, roles)) return false;",
        "if (permissionPasses(snapshot, permission, roles)) return true;",
      ],
      [
        "  return true;\n}\n\nexport function permissionPasses",
        "  return permissions.length === 0;\n}\n\nexport function permissionPasses",
      ],
    ],
  },
  {
    name: "denies are ignored",
    host: "node",
    file: "decide.ts",
    edits: [
      ["if ((held & (snapshot.deny[permission * words + word] ?? -1)) !== 0) return false;", ""],
    ],
  },
  {
    name: "the first principal of a connection stays",
    host: "connect",
    file: "tokens/jwt-authenticator.ts",
    edits: [
      [
        "const token = bearerToken(request);",
        "const token = (request.socket.token ??= bearerToken(request));",
      ],
    ],
  },
  {
    name: "of two credentials the first counts",
    host: "express5",
    file: "tokens/bearer-token.ts",
    edits: [["if (isTwice || others.length > 0)", "if (isTwice)"]],
  },
  {
    name: "a route guard passes what another route decides",
    host: "express4",
    file: "check-guards.ts",
    edits: [["if (context.located?.route !== number)", "if (context.located?.route === -1)"]],
  },
  {
    name: "a permission guard lets everybody on",
    host: "node",
    file: "check-guards.ts",
    edits: [["!permissionPasses(snapshot, permission, roles)", "false"]],
  },
  {
    name: "a request is recorded at its end and once more",
    host: "node",
    file: "request-log.ts",
    edits: [["if (context.isClosed) return;", ""]],
  },
  {
    name: "a request that waits behind another on a broken connection stays open",
    host: "connect",
    file: "request-log.ts",
    edits: [['socket.setMaxListeners(0).once("close", emit);', ""]],
  },
];
