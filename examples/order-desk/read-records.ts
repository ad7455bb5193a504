import { openAuditSource, readSource } from "@gatewright/runtime/audit/read";

/** The lines of an audit log, oldest first, from any of the places that it is delivered to. */
export async function readRecords(path: string): Promise<readonly string[]> {
  const source = await openAuditSource(path);
  try {
    const lines: string[] = [];
    for await (const { entries } of readSource(source)) {
      lines.push(...entries.map(({ line }) => line));
    }
    return lines;
  } finally {
    await source.close();
  }
}
