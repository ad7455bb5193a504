/**
 * Whether a text is a value of a segment like `{base}...{head}`, each of whose parameters has at least
 * one character. Takes time linear in both.
 */
export function fitsTemplate(template: string, text: string): boolean {
  const [first = "", ...parts] = template.split(/\{[^{}]*\}/);
  const last = parts.pop();
  if (last === undefined) return text === first;
  if (!text.startsWith(first)) return false;
  let at = first.length;
  for (const part of parts) {
    const found = text.indexOf(part, at + 1);
    if (found === -1) return false;
    at = found + part.length;
  }
  return text.length - last.length > at && text.endsWith(last);
}
