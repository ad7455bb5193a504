import type { Explanation, Snapshot } from "@gatewright/runtime";
import type { ConditionField } from "@gatewright/runtime/abi/conditions";
import { visible } from "../diagnostics/visible.js";
import type { KnownRequest, KnownResource, ConditionParts } from "./judge-conditions.js";
import type { GivenHeader } from "./read-headers.js";
import type { AskedRequest } from "./read-request.js";
import { UsageError } from "./usage-error.js";

type Runtime = typeof import("@gatewright/runtime");

/** What is said of a request besides its method and target. */
export interface SaidOfRequest {
  readonly headers: readonly GivenHeader[];
  /** Undefined where it is not said. */
  readonly ip: string | undefined;
  readonly now: Date;
}

/** A request as conditions read it; a header or query parameter that stands twice is none. */
export function knownRequest(
  runtime: Runtime,
  snapshot: Snapshot,
  { method, target }: AskedRequest,
  { headers, ip, now }: SaidOfRequest,
): KnownRequest {
  const located = runtime.locate(snapshot, method, target);
  const query = new URLSearchParams(target.includes("?") ? target.slice(target.indexOf("?")) : "");
  const { request: read } = snapshot.source;
  const said = {
    method,
    path: located.path,
    params: runtime.readParams(snapshot, located.route, located.path) ?? {},
    headers: single(read.headers, (name) =>
      headers.filter((header) => header.name === name).map(({ value }) => value),
    ),
    query: single(read.query, (name) => query.getAll(name)),
    time: now,
  };
  if (ip !== undefined) return { inputs: { ...said, ip }, isUnsaidRead: () => false };
  let isRead = false;
  const inputs = {
    ...said,
    // Nobody said it, which is not the same as a request without an address.
    get ip(): undefined {
      isRead = true;
      return undefined;
    },
  };
  const isUnsaidRead = () => {
    const answer = isRead;
    isRead = false;
    return answer;
  };
  return { inputs, isUnsaidRead };
}

function single(
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

/** Names of given headers that no condition can read, each once. */
export function ignoredHeaders(
  { source }: Snapshot,
  headers: readonly GivenHeader[],
): readonly string[] {
  const names = headers.map(({ name }) => name);
  return [...new Set(names.filter((name) => !source.request.headers.includes(name)))];
}

/**
 * The resource that the request is about, its moments read from ISO 8601 texts.
 *
 * @throws UsageError for an attribute that does not fit its declared type
 */
export function knownResource(
  snapshot: Snapshot,
  explanation: Explanation,
  given: object | undefined,
  { checkInputs }: ConditionParts["conditions"],
): KnownResource | undefined {
  if (given === undefined) return undefined;
  const names = new Set(
    explanation.permissions.map(({ name }) => name.slice(0, name.indexOf("."))),
  );
  const resource = snapshot.source.resources.find(({ name }) => names.has(name));
  if (resource === undefined) return undefined;
  const entries = Object.entries(given).map(([name, value]): [string, unknown] => {
    const field = Object.hasOwn(resource.fields, name) ? resource.fields[name] : undefined;
    return [name, valueFor(field, value)];
  });
  const read = Object.fromEntries(entries);
  const wrong = checkInputs(resource.fields, read);
  if (wrong === undefined) return { name: resource.name, attributes: read };
  const message = `attribute \`${visible(wrong)}\` of \`--resource\` is not what the policy declares`;
  const help = `\`${resource.name}\` has ${Object.keys(resource.fields).join(", ")}`;
  throw new UsageError([{ message, help }]);
}

function valueFor(field: ConditionField | undefined, value: unknown): unknown {
  return field?.type === "timestamp" && typeof value === "string" ? new Date(value) : value;
}
