/** The line of an event of that id: whoever knows the id can tell whether it came back whole. */
export function lineOf(id: string, length = 40): string {
  return JSON.stringify({ id, text: "é".repeat(length) });
}
