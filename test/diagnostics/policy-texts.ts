/** Points right: it is taken out before the text is compiled. */
export const MARK = "▸";

/** A policy with a condition. */
export function grantWhen(when: string, more = "p: {actions: [read]}"): string {
  const attributes = "{a: string, note: {type: string, optional: true}, tags: list<string>}";
  return `resources: {o: {actions: [read], attributes: ${attributes}}, ${more}}
roles: {r: {grants: [{permission: o.read, when: ${when}}]}}`;
}

interface Token {
  /** The entry's name, with the mark in front. */
  readonly mark?: string;
  readonly audience?: string;
  readonly algorithms?: string;
  readonly keys?: string;
}

export function tokensWith({
  mark,
  audience = "a",
  algorithms = "[ES256]",
  keys = "{file: k}",
}: Token): string {
  const name = mark === undefined ? "t" : `${MARK}${mark}`;
  return `tokens: {${name}: {issuer: x, audience: ${audience}, algorithms: ${algorithms}, keys: ${keys}}}`;
}

export function strategy(strategies: string, byDefault = "s"): string {
  return `authentication: {default: ${byDefault}, strategies: {${strategies}}}`;
}

export function upgrade(method: string, rule: string): string {
  return `routes: {/a: {${method}: {access: public, ${rule}}}}`;
}

export function publicMethod(method: string, index: number): string {
  return `${index === 31 ? MARK : ""}${method}: public`;
}

/** Roles that each inherit the one before: their ancestors alone are more than 32 million names. */
export function longInheritance(): string {
  const roles = Array.from({ length: 8200 }, (_, index) => {
    const inherits = index === 0 ? "" : `{inherits: [r${index - 1}]}`;
    return `${index === 0 ? MARK : ""}r${index}: ${inherits}`;
  });
  return `roles: {${roles.join(", ")}}`;
}
