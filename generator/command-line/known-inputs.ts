import type { Explanation, Snapshot } from "@gatewright/runtime";
import type { ConditionField } from "@gatewright/runtime/abi/conditions";
import { visible } from "../diagnostics/visible.js";
import type { ConditionParts } from "./judge-conditions.js";
import type { AskedRequest } from "./read-request.js";
import { UsageError } from "./usage-error.js";

type Runtime = typeof import("@gatewright/runtime");

/** A request as conditions read it; headers and the client's address are not said. */
export function knownRequest(
  runtime: Runtime,
  snapshot: Snapshot,
  { method, target }: AskedRequest,
): object {
  const located = runtime.locate(snapshot, method, target);
  const query = new URLSearchParams(target.includes("?") ? target.slice(target.indexOf("?")) : "");
  return {
    method,
    path: located.path,
    params: runtime.readParams(snapshot, located.route, located.path) ?? {},
    headers: {},
    query: Object.fromEntries(
      snapshot.source.request.query.flatMap((name) => {
        const [value, other] = query.getAll(name);
        return value === undefined || other !== undefined ? [] : [[name, value]];
      }),
    ),
    time: new Date(),
  };
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
): object | undefined {
  if (given === undefined) return undefined;
  const names = new Set(
    explanation.permissions.map(({ name }) => name.slice(0, name.indexOf("."))),
  );
  const resource = snapshot.source.resources.find(({ name }) => names.has(name));
  if (resource === undefined) return given;
  const entries = Object.entries(given).map(([name, value]): [string, unknown] => {
    const field = Object.hasOwn(resource.fields, name) ? resource.fields[name] : undefined;
    return [name, valueFor(field, value)];
  });
  const read = Object.fromEntries(entries);
  const wrong = checkInputs(resource.fields, read);
  if (wrong === undefined) return read;
  const message = `attribute \`${visible(wrong)}\` of \`--resource\` is not what the policy declares`;
  const help = `\`${resource.name}\` has ${Object.keys(resource.fields).join(", ")}`;
  throw new UsageError([{ message, help }]);
}

function valueFor(field: ConditionField | undefined, value: unknown): unknown {
  return field?.type === "timestamp" && typeof value === "string" ? new Date(value) : value;
}
