import type { KeyRing } from "../ring/key-ring.js";
import type { SerializedIssuer } from "../snapshot-format.js";
import type { KeyFinder } from "./verify-token.js";

/** What key sources are opened with. */
export interface KeyContext {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Folder that relative key files start from. */
  readonly cwd: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Hears of keys that cannot be read or fetched. */
  readonly onError: (error: unknown) => void;
  /** Key sets that are fetched, by what they are for: a policy that replaces another goes on with them. */
  readonly keySets: Map<string, KeyFinder>;
  /** Rings that the application opened, by the name of their issuer. */
  readonly rings?: Readonly<Record<string, KeyRing>>;
}

/** How errors name the keys of an issuer. */
export function subjectOf({ name, keys }: SerializedIssuer): string {
  return `the keys of issuer \`${name}\` (${keys.kind} \`${keys.place}\`)`;
}
