import { explain, loadSnapshot } from "@gatewright/runtime";
import { compile } from "../../../../generator/compile.js";
import { formatDiagnostics } from "../../../../generator/diagnostics/report.js";
import type { Imported } from "../../../openapi/import-document.js";

export type Fields = Readonly<Record<string, unknown>>;

export function documentOf(paths: Fields, more: Fields = {}): Fields {
  return { openapi: "3.1.0", info: { title: "API" }, paths, ...more };
}

/** A requirement of these scopes. */
export function scoped(...names: readonly string[]) {
  return { oauth: names };
}

/** Compiles what was imported and answers requests. */
export function serve({ policies }: Pick<Imported, "policies">) {
  const { snapshot, diagnostics } = compile(policies);
  if (snapshot === undefined) throw new Error(formatDiagnostics(diagnostics, policies, "text"));
  const loaded = loadSnapshot(snapshot);
  return {
    routes: snapshot.routes.map(({ id }) => id),
    roles: snapshot.roles,
    status: (request: string, roles: readonly string[] | null) => {
      const [method = "", target = ""] = request.split(" ");
      return explain(loaded, { method, target, roles }).status;
    },
  };
}
