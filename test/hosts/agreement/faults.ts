import type { HostName } from "../host-apps/host-app.js";
import type { Fault } from "./bundle-agreement.js";

/** A fault, and a host on which it lets the wrong handler run or the right one not. */
export interface PlantedFault extends Fault {
  readonly host: HostName;
}

const walkOn = "walk(trie, path, child, stop, end, wanted, preferred)";
const routeEnded = "routeAt(trie, word(trie.nodes, row + END_TERMINAL), wanted, preferred);";
const routeRest = "routeAt(trie, word(trie.nodes, row + REST_TERMINAL), wanted, preferred);";

/** What a matcher, a decision or a door can get wrong, each by itself. */
export const faults: readonly PlantedFault[] = [
  {
    name: "GET beats HEAD at one pattern",
    host: "express5",
    file: "trie.ts",
    edits: [
      [
        "if (method === preferred) return word(trie.bindings, binding * 2 + 1);",
        "if (found !== -1) continue;",
      ],
    ],
  },
  {
    name: "HEAD ignores the rules of GET where some HEAD is bound",
    host: "express4",
    file: "snapshot.ts",
    edits: [
      [
        'method === "HEAD" ? bit(number) | bit(methodNumbers.get("GET")) : bit(number)',
        "bit(number)",
      ],
    ],
  },
  {
    name: "capitals are never folded",
    host: "express5",
    file: "trie.ts",
    edits: [["fold: caseSensitive ? 0 : 32", "fold: 0"]],
  },
  {
    name: "capitals are always folded",
    host: "node",
    file: "trie.ts",
    edits: [["fold: caseSensitive ? 0 : 32", "fold: 32"]],
  },
  {
    name: "a strict router drops the last slash",
    host: "express4",
    file: "decide.ts",
    edits: [["(last === 0 || !snapshot.source.router.strict)", "true"]],
  },
  {
    name: "an encoded slash ends a segment",
    host: "express5",
    file: "decide.ts",
    edits: [
      [
        "const path = whole.slice(0, matchedLength(snapshot, whole));",
        'const path = whole.slice(0, matchedLength(snapshot, whole)).replace(/%2f/gi, "/");',
      ],
    ],
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
      [`const found = ${walkOn};\n        if (found !== -1) return found;`, `return ${walkOn};`],
    ],
  },
  {
    name: "a pattern decides by the rule of another method",
    host: "connect",
    file: "trie.ts",
    edits: [["if ((wanted & (1 << method)) !== 0) found", "found"]],
  },
  {
    name: "a pattern without the method ends the search",
    host: "express5",
    file: "trie.ts",
    edits: [
      [
        "if (ended !== -1) return ended;",
        "if (word(trie.nodes, row + END_TERMINAL) !== -1) return ended;",
      ],
    ],
  },
  {
    name: "a parameter beats a literal",
    host: "express4",
    file: "trie.ts",
    edits: [
      [
        "const stop = segmentEnd(path, start, end);",
        `const stop = segmentEnd(path, start, end);
         const child = word(trie.nodes, row + PARAM_CHILD);
         const early = stop > start && child !== -1 ? ${walkOn} : -1;
         if (early !== -1) return early;`,
      ],
    ],
  },
  {
    name: "`*` beats a parameter",
    host: "node",
    file: "trie.ts",
    edits: [
      ["const PARAM_CHILD = 2;", "const PARAM_CHILD = 3;"],
      ["const STAR_CHILD = 3;", "const STAR_CHILD = 2;"],
    ],
  },
  {
    name: "`**` beats everything",
    host: "express5",
    file: "trie.ts",
    edits: [
      [
        "if ((word(trie.nodes, row + METHODS) & wanted) === 0) return -1;",
        `const rest = ${routeRest} if (rest !== -1) return rest;`,
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
        `const rest = ${routeRest} const ended = rest !== -1 ? rest : ${routeEnded}`,
      ],
    ],
  },
  {
    name: "the query stays on the path",
    host: "express5",
    file: "target.ts",
    edits: [["if (code === QUESTION) break;", ""]],
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
    edits: [
      [
        "const scan = checkTarget(target, snapshot.source.router);",
        'target = target.replace(/;[^/?]*/g, "");\nconst scan = checkTarget(target, snapshot.source.router);',
      ],
    ],
  },
  {
    name: "dot segments are let through",
    host: "node",
    file: "target.ts",
    edits: [
      ["return second === end || path.charCodeAt(second) === SEMICOLON_CODE;", "return false;"],
    ],
  },
  {
    name: "empty segments are let through",
    host: "express4",
    file: "target.ts",
    edits: [["if (at === segment) return EMPTY_SEGMENT;", ""]],
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
    edits: [["!isDecodable(target.slice(0, at))", "false"]],
  },
  {
    name: "letters may be percent-encoded",
    host: "node",
    file: "target.ts",
    edits: [["((characterClass[octet] ?? 0) & UNRESERVED) !== 0", "false"]],
  },
  {
    name: "another spelling of the path is not looked at",
    host: "node",
    file: "decide.ts",
    edits: [["matchRoute(snapshot, number, canonicalPath(path)) !== route", "false"]],
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
        "if (!permissionPasses(snapshot, snapshot.needed[index] ?? -1, roles)) return false;",
        "if (permissionPasses(snapshot, snapshot.needed[index] ?? -1, roles)) return true;",
      ],
      ["return last !== -1;", "return snapshot.neededFrom[route] === last;"],
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
    file: "authenticate.ts",
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
    file: "authenticate.ts",
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
