import type { IncomingMessage } from "node:http";
import { readParams } from "../decide.js";
import type { RequestContext } from "../request-context.js";

/** The request as conditions read it; a header or query parameter that stands twice is none. */
export function requestInputs(context: RequestContext, request: IncomingMessage): object {
  const { located, policy } = context;
  const { snapshot, proxies } = policy;
  const { headers, query } = snapshot.source.request;
  const route = located?.route ?? -1;
  return {
    method: context.method ?? "",
    path: located?.path ?? "",
    params: route === -1 ? {} : (readParams(snapshot, route, located?.path ?? "") ?? {}),
    headers: pick(headers, (name) => headerValues(request, name)),
    query: query.length === 0 ? {} : pick(query, queryValues(request.url ?? "")),
    ip: proxies.clientOf(request) ?? undefined,
    time: new Date(context.now()),
  };
}

function pick(
  names: readonly string[],
  valuesOf: (name: string) => readonly string[],
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const [value, other] = valuesOf(name);
      return value === undefined || other !== undefined ? [] : [[name, value]];
    }),
  );
}

function headerValues({ rawHeaders }: IncomingMessage, name: string): readonly string[] {
  return rawHeaders.filter(
    (_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === name,
  );
}

function queryValues(url: string): (name: string) => readonly string[] {
  const start = url.indexOf("?");
  const query = new URLSearchParams(start === -1 ? "" : url.slice(start));
  return (name) => query.getAll(name);
}
