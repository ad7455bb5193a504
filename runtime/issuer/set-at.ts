/** Sets a value at a path of names, and makes the objects on the way. */
export function setAt(
  target: Record<string, unknown>,
  [name = "", ...rest]: readonly string[],
  value: unknown,
): void {
  if (rest.length === 0) {
    target[name] = value;
    return;
  }
  const known = target[name];
  const inner: Record<string, unknown> =
    typeof known === "object" && known !== null ? { ...known } : {};
  target[name] = inner;
  setAt(inner, rest, value);
}
