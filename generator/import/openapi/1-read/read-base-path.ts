import { quoteText } from "../../../3-model/quote-text.js";
import type { Cause } from "./import-note.js";
import { entriesIn, itemsIn, textIn, valueIn } from "./plain-value.js";

export type BasePath =
  | { readonly ok: true; readonly path: string }
  | { readonly ok: false; readonly cause: Cause };

/** The path of the first server, without a slash at its end; empty where no server is named. */
export function readBasePath(owner: unknown): BasePath {
  const server = itemsIn(owner, "servers")[0];
  const url = textIn(server, "url");
  if (url === undefined) return { ok: true, path: "" };
  let missing: string | undefined;
  const variables = new Map(entriesIn(valueIn(server, "variables")));
  const filled = url.replace(/\{([^{}]*)\}/g, (_, name: string) => {
    const value = textIn(variables.get(name), "default");
    if (value === undefined) missing ??= name;
    return value ?? "";
  });
  // A server may be named relative to where the document is served: its path is then from the root.
  const path = filled.replace(/^[A-Za-z][A-Za-z0-9+.-]*:/, "").replace(/^\/\/[^/?#]*/, "");
  const base = (path.split(/[?#]/, 1)[0] ?? "").replace(/^\.?\/*|\/+$/g, "");
  if (missing === undefined) return { ok: true, path: base === "" ? "" : `/${base}` };
  return {
    ok: false,
    cause: {
      code: "openapi-unusable-server",
      message: `the variable ${quoteText(missing)} in the server's URL has no default`,
      help: "give it one, or leave the server's path out with `--no-server-prefix`",
    },
  };
}

/** Whether the document, a path or an operation names servers of its own. */
export function hasServers(owner: unknown): boolean {
  return itemsIn(owner, "servers").length > 0;
}
