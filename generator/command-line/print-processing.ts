import { visible } from "../diagnostics/visible.js";
import { requestData } from "./record-of-processing.js";
import type {
  ProcessedCategory,
  ProcessedRoute,
  Recipient,
  RecordOfProcessing,
} from "./record-of-processing.js";

/** As Markdown, for the record that people keep. */
export function printProcessing({ log, categories }: RecordOfProcessing): string {
  return [
    "# Audit log: record of processing",
    measures(log).join("\n"),
    ...categories.map(describeCategory),
  ].join("\n\n");
}

function measures(log: RecordOfProcessing["log"]): readonly string[] {
  const place = log.spill === null ? log.folder : `${log.folder} and ${log.spill}`;
  return [
    `- Kept in ${plain(place)}, readable by the account of the service alone; recipients are named below.`,
    "- What is not declared is not recorded; fields are masked before they leave the process, by the class named below.",
    ...(log.hasKeyedHashes
      ? ["- Keyed hashes (HMAC) differ from tenant to tenant; their key is not kept with the log."]
      : []),
    `- Changes are detected by checksums, numbers without gaps and a hash tree (RFC 9162), ${
      log.isSigned ? "signed by Ed25519" : "which nothing signs"
    }.`,
    `- The record of a request holds of people: ${requestData.join("; ")}.`,
  ];
}

function describeCategory(category: ProcessedCategory): string {
  const { name, purpose, routes, hasOtherRequests, recipients, events, durability } = category;
  const requests = [
    ...routes.map(describeRoute),
    ...(hasOtherRequests ? ["all that meet no route"] : []),
  ];
  return [
    `## ${plain(name)}`,
    "",
    `- Purpose: ${purpose === null ? `not stated; write \`purpose\` under \`audit.categories.${name}\`` : plain(purpose)}`,
    `- Kept: ${describeRetention(category.retention)}`,
    `- Recipients: ${recipients.length === 0 ? "none beside the log" : recipients.map(describeRecipient).join("; ")}`,
    `- Durability: ${durability === "durable" ? "durable, decisions are on the disk before a handler starts" : "accepted, nobody waits"}`,
    ...(requests.length === 0 ? [] : [`- Requests: ${requests.join("; ")}`]),
    ...events.flatMap(({ type, at, description, fields }) => [
      `- Event ${plain(type)}${at === null ? "" : ` (${plain(at)})`}${description === null ? "" : `: ${plain(description)}`}`,
      ...fields.map((field) => `  - ${plain(field.name)}: ${plain(field.class)}`),
    ]),
  ].join("\n");
}

function describeRoute({ id, params }: ProcessedRoute): string {
  if (params.length === 0) return plain(id);
  const shown = params.map((param) => `${plain(param.name)}: ${plain(param.class)}`);
  return `${plain(id)} (${shown.join(", ")})`;
}

function describeRetention({ floor, ceiling }: ProcessedCategory["retention"]): string {
  if (floor === null && ceiling === null)
    return "in the log until every required recipient has it, by recipients without an end";
  const bounds = [
    ...(floor === null ? [] : [`at least ${days(floor)}`]),
    ...(ceiling === null ? [] : [`at most ${days(ceiling)}`]),
  ];
  return bounds.join(", ");
}

function days(count: number): string {
  const rounded = Math.round(count * 100) / 100;
  return rounded === 1 ? "1 day" : `${rounded} days`;
}

function describeRecipient({ name, kind, place }: Recipient): string {
  return `${plain(name)} (${place === null ? kind : `${kind}, ${plain(place)}`})`;
}

/** Text of a policy as nothing but text: Markdown's own characters are escaped. */
function plain(text: string): string {
  return visible(text).replaceAll(/[\\`*_[\]<>|~&#]/g, String.raw`\$&`);
}
