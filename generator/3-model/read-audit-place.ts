import type { PolicyNode } from "../1-load/policy-document.js";
import type { Report } from "./mistake.js";
import type { KeyPlace } from "./policy-model.js";
import { readEnvironment, readFile } from "./read-key-place.js";
import { entriesOf, textOf } from "./read-node.js";
import { reportKeyReading } from "./resolve-allow-list.js";

/** Where a secret of the audit log is; undefined where nothing says it, or after a reported mistake. */
export function readAuditPlace(
  node: PolicyNode | undefined,
  name: string,
  report: Report,
): KeyPlace | undefined {
  const entry = entriesOf(node).find(({ key }) => key === name);
  if (entry === undefined) return undefined;
  const [source, another] = entriesOf(entry.value);
  if (source === undefined || another !== undefined || !/^(?:file|environment)$/.test(source.key)) {
    report({
      code: "bad-audit-sink",
      message: `\`${name}\` names not one source`,
      at: entry.keyAt,
      help: "write one of `environment` and `file`",
    });
    return undefined;
  }
  const read = source.key === "file" ? readFile : readEnvironment;
  return reportKeyReading(read(textOf(source.value) ?? ""), source.value.at, report);
}
