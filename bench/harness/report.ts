import type { Bench, BenchResult, Ratio, Table } from "./bench.js";

/** One line of JSON: the benchmark's name and its ratios, rounded to three significant digits. */
export function reportJson(bench: Pick<Bench, "name">, result: BenchResult): string {
  const ratios = result.ratios.map(({ name, value }) => [name, rounded(value)]);
  return JSON.stringify({ bench: bench.name, ratios: Object.fromEntries(ratios) });
}

/** Tables, then each ratio beside what it must reach. */
export function reportText(bench: Pick<Bench, "name" | "summary">, result: BenchResult): string {
  const ratios: Table = {
    title: "ratios",
    head: ["ratio", "value", "target", ""],
    rows: result.ratios.map((ratio) => [
      ratio.name,
      String(rounded(ratio.value)),
      "atLeast" in ratio.target ? `>= ${ratio.target.atLeast}` : `<= ${ratio.target.atMost}`,
      isReached(ratio) ? "reached" : "MISSED",
    ]),
  };
  const tables = result.ratios.length === 0 ? result.tables : [...result.tables, ratios];
  return [`${bench.name}: ${bench.summary}`, ...tables.map(formatTable)].join("\n\n");
}

export function isReached({ value, target }: Ratio): boolean {
  return "atLeast" in target ? value >= target.atLeast : value <= target.atMost;
}

function rounded(value: number): number {
  return Number(value.toPrecision(3));
}

function formatTable({ title, head, rows }: Table): string {
  const widths = head.map((name, column) =>
    Math.max(name.length, ...rows.map((row) => (row[column] ?? "").length)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join("  ")
      .trimEnd();
  const isHeaded = head.some((name) => name !== "");
  return [title, ...(isHeaded ? [head, ...rows] : rows).map((row) => `  ${line(row)}`)].join("\n");
}
