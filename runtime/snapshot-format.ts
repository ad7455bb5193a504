import type { SerializedAuditLog } from "./audit/log/serialized-audit-log.js";
import type { SerializedAuditSchema } from "./serialized-audit.js";
import type { SerializedResponses } from "./serialized-responses.js";
import type { SerializedSessions } from "./serialized-sessions.js";
import type { SerializedStrategy } from "./strategies/serialized-strategy.js";
import type { ClaimValue } from "./tokens/claim-value.js";
import type { SerializedCondition } from "./conditions/tree.js";
import type { ConditionFields } from "./conditions/types.js";

/** Version of the contract between generated code, snapshots and this runtime. */
export const ABI_VERSION = 1;

/**
 * Everything that a decision needs, as plain JSON. `generated/` embeds one; a bundle carries the same.
 * Arrays of integers are little-endian 32-bit words in base64. `digest` is `sha256:` and the hex SHA-256 of
 * `JSON.stringify` of the snapshot without `digest`, keys in the order given here.
 */
export interface SerializedSnapshot {
  readonly abi: typeof ABI_VERSION;
  readonly digest: string;
  /** Parts of the runtime without which no request can be decided, sorted; see `GateFeatures`. */
  readonly needs: readonly PartName[];
  readonly router: SerializedRouter;
  readonly roles: readonly string[];
  readonly permissions: readonly SerializedPermission[];
  /** Per permission, `ceil(roles / 32)` words: bit r of word r >> 5 is set where role r (or an ancestor) grants it. */
  readonly allow: string;
  /** The same shape for denies. */
  readonly deny: string;
  /** Methods that the policy binds, sorted, at most 31: index = method number. */
  readonly methods: readonly string[];
  readonly routes: readonly SerializedRoute[];
  readonly trie: SerializedTrie;
  readonly cors: SerializedCors;
  /** Of the routes that ask more of a token than roles, by route. */
  readonly requirements: readonly SerializedRequirement[];
  /** Conditional grants and denies. */
  readonly clauses: readonly SerializedClause[];
  readonly conditions: readonly SerializedNamedCondition[];
  /** Where a grant has conditions: words as in `allow`, of what is granted without any; else empty. */
  readonly certain: string;
  /** Resources of which a single one is loaded before a decision. */
  readonly resources: readonly SerializedResource[];
  /** Names of what conditions read of a request. */
  readonly request: { readonly headers: readonly string[]; readonly query: readonly string[] };
  readonly principal: SerializedPrincipal;
  readonly issuers: readonly SerializedIssuer[];
  readonly authentication: SerializedAuthentication;
  /** Not there where tokens cannot be revoked. */
  readonly revocation?: SerializedRevocation;
  /** Not there where no token is bound to a key of its client. */
  readonly dpop?: SerializedDpop;
  /** Not there where the service keeps no sessions. */
  readonly sessions?: SerializedSessions;
  /** Not there where the policy declares no events. */
  readonly auditSchema?: SerializedAuditSchema;
  /** Not there where no route masks its responses. */
  readonly responses?: SerializedResponses;
  readonly problems: SerializedProblems;
  readonly audit: SerializedAudit;
}

export type PartName =
  | "application"
  | "auditLog"
  | "cors"
  | "credentials"
  | "forwarded"
  | "jwks"
  | "keys"
  | "responses"
  | "rules"
  | "scopes"
  | "upgrades";

export interface SerializedRouter {
  readonly caseSensitive: boolean;
  readonly strict: boolean;
  readonly semicolons: "refuse" | "allow";
  /** In characters, query excluded. */
  readonly maxPathLength: number;
  /** Number of trusted hops, or CIDR blocks of trusted proxies. */
  readonly trustedProxies: number | readonly string[];
}

export interface SerializedPermission {
  readonly name: string;
  /** `file:line` of the action's declaration. */
  readonly at: string;
}

export interface SerializedRoute {
  /** `METHOD pattern` */
  readonly id: string;
  /** Index into `methods`. */
  readonly method: number;
  readonly pattern: string;
  /** `file:line` of the rule. */
  readonly at: string;
  readonly access: "public" | "authenticated" | "permissions";
  readonly identityOptional: boolean;
  /** Indices into `permissions`; all are needed. */
  readonly permissions: readonly number[];
  readonly params: readonly SerializedParam[];
  /** Index into the rules of `cors`, or -1. */
  readonly cors: number;
  /** Null for a route that is served over HTTP. */
  readonly upgrade: SerializedUpgrade | null;
  /** Category of its records; `access` where it is not there. */
  readonly auditCategory?: string;
  /** Parameters that its records show, sorted by name; not there where they show none. */
  readonly auditParams?: readonly {
    readonly name: string;
    /** Index into the masks of `audit.log.params`; -1 for what is public. */
    readonly mask: number;
  }[];
}

export interface SerializedUpgrade {
  readonly protocol: "websocket";
  /** Origins of the pages that may connect. A client that is no browser sends none, and may connect too. */
  readonly origins: readonly string[];
}

export interface SerializedParam {
  /** `**` for the rest of the path. */
  readonly name: string;
  /** Zero-based segment of the path. */
  readonly segment: number;
  readonly type: "string" | "int" | "uuid" | "rest";
  readonly encodedSlash: boolean;
}

/**
 * The pattern trie by characters, node after node, each before its children, the root at word 0. Where
 * there is no child or list stands 0.
 */
export interface SerializedTrie {
  /**
   * Of a node: offset of its label in `literals`; the label's length, in 16 bits, then the first byte
   * that has a child, and the number of bytes from there, in 8 bits each; bit set of the methods bound
   * here or below; list of the bindings of the path's end; its other ways; the child of each byte.
   * Other ways are the list of the bindings of `**`, the `:param` child and the `*` child. A list is its
   * length, then `route index * 32 + method number` for each binding, sorted by method.
   */
  readonly words: string;
  /** The text of all labels, ASCII; lower-cased where the router folds case. */
  readonly literals: string;
}

export interface SerializedCors {
  readonly rules: readonly SerializedCorsRule[];
  /** Index of the rule for requests that meet no route, or -1. */
  readonly fallback: number;
}

export interface SerializedCorsRule {
  /** Serialised as browsers do (RFC 6454, 6.1); or `*` alone. */
  readonly origins: readonly string[];
  readonly headers: readonly string[];
  readonly exposedHeaders: readonly string[];
  readonly credentials: boolean;
  readonly maxAgeSeconds: number;
}

/** Paths lead into the token's claims; `from: application`, all but `id` into what the application supplies. */
export interface SerializedPrincipal {
  readonly from: "claims" | "application";
  readonly id: readonly string[];
  readonly roles: SerializedListClaim | null;
  /** Always a path into the token's claims; null where the policy does not speak of scopes. */
  readonly scopes: SerializedListClaim | null;
  readonly tenant: readonly string[] | null;
  readonly claims: readonly SerializedClaim[];
  /** What a claim `act` means (RFC 8693, section 4.1); null where tokens with one are refused. */
  readonly actor: SerializedActor | null;
  /** How long and how many answers of the application are kept; null for none. */
  readonly cache: { readonly maxAgeSeconds: number; readonly maxEntries: number } | null;
}

/** Paths lead into the claim `act`. */
export interface SerializedActor {
  readonly permissions: "intersection" | "subject";
  readonly id: readonly string[];
  readonly roles: SerializedListClaim | null;
}

/** A grant or a deny for holders of some roles while all its conditions hold. */
export interface SerializedClause {
  readonly effect: "grant" | "deny";
  /** Indices into `permissions`. */
  readonly permissions: readonly number[];
  /** Indices into `roles`, inheritance closed. */
  readonly roles: readonly number[];
  /** Indices into `conditions`; all must hold. */
  readonly conditions: readonly number[];
  /** The role or derived role that it is written in. */
  readonly role: string;
  /** `file:line` */
  readonly at: string;
  /** What a deny that cannot be decided does. */
  readonly missing: "deny" | "skip";
}

export interface SerializedNamedCondition {
  /** Null where it stands in the clause itself. */
  readonly name: string | null;
  readonly text: string;
  /** `file:line` */
  readonly at: string;
  /** Index into `resources`, or -1 where it reads none. */
  readonly resource: number;
  readonly tree: SerializedCondition;
}

export interface SerializedResource {
  readonly name: string;
  /** Indices into `permissions`: those about a single resource. */
  readonly permissions: readonly number[];
  /** The attribute that names the tenant; null where none does. */
  readonly tenant: string | null;
  readonly absent: "not-found" | "forbidden";
  readonly fields: ConditionFields;
}

export interface SerializedListClaim {
  readonly path: readonly string[];
  readonly format: "list" | "space-separated";
}

/** Scopes (RFC 6749, section 3.3) and step-up (RFC 9470) of one route. */
export interface SerializedRequirement {
  /** Index into `routes`. */
  readonly route: number;
  /** All are needed. */
  readonly scopes: readonly string[];
  /** One is enough; empty where any is. */
  readonly acr: readonly string[];
  readonly maxAgeSeconds: number | null;
}

export interface SerializedClaim {
  readonly name: string;
  readonly path: readonly string[];
  readonly type: "string" | "int" | "double" | "bool" | "list<string>";
  readonly optional: boolean;
}

export interface SerializedIssuer {
  readonly name: string;
  readonly issuer: string;
  readonly audience: readonly string[];
  /** As headers name them; `EdDSA` is an alias of `Ed25519` (RFC 9864). */
  readonly algorithms: readonly ("HS256" | "RS256" | "ES256" | "Ed25519" | "EdDSA")[];
  readonly keys: SerializedKeySource;
  /** Values of `typ`, in lower case and without `application/`; null stands for a token without. */
  readonly types: readonly (string | null)[];
  /** Header parameters that would be refused and are ignored: thumbprints of certificates. */
  readonly ignoredHeaders: readonly string[];
  readonly requiredClaims: readonly string[];
  /** What claims must say; not there where the policy names none. */
  readonly claimValues?: readonly ClaimValue[];
  /** Claims that change what a token permits, and that the policy says nothing of: no token may have one. */
  readonly refusedClaims: readonly string[];
  /** Which claims name the token itself, the client that it was issued to and the service that it is for. */
  readonly names: { readonly id: string; readonly client: string; readonly audience: string };
  readonly clockToleranceSeconds: number;
  /** From `iat`, or from now in a token without, to `exp`; null for no limit. */
  readonly maxLifetimeSeconds: number | null;
  /** Where tokens are nested: signed, then encrypted under a key of the ring. */
  readonly encryption?: "A256GCM";
  /** How many tokens are remembered whose signature was good; not there where none are. */
  readonly cache?: { readonly maxEntries: number };
}

export type SerializedKeySource = SerializedKeyPlace | SerializedRing;

/** A path, an address or the name of a variable; never a key. */
export interface SerializedKeyPlace {
  readonly kind: "file" | "url" | "environment";
  readonly place: string;
}

/** A ring of keys that sign and verify. */
export interface SerializedRing {
  readonly kind: "ring";
  readonly from: "file" | "environment" | "application";
  /** A path or the name of a variable; empty where the application passes the ring. */
  readonly place: string;
  readonly strategy: "global" | "sliced" | "per-token";
  /** Of `sliced`. */
  readonly sliceSeconds: number;
}

/** Without strategies, every route takes JWTs of all issuers. Lists are of indices into `strategies`. */
export interface SerializedAuthentication {
  readonly strategies: readonly SerializedStrategy[];
  /** For routes that say nothing else, and for paths that meet none. */
  readonly default: readonly number[];
  readonly routes: readonly { readonly route: number; readonly strategies: readonly number[] }[];
}

/** Paths lead into the token's claims. */
export interface SerializedRevocation {
  readonly store: "memory" | "redis";
  /** How long an entry is kept: no token of the policy lives longer. */
  readonly keepSeconds: number;
  readonly maxEntries: number;
  /** For `redis`: when the stream counts as stale, and what requests meet then. */
  readonly stale: { readonly afterSeconds: number; readonly answer: "deny" | "ask" };
  readonly session: readonly string[];
  readonly subject: readonly string[];
  readonly epoch: readonly string[];
  readonly tenant: readonly string[] | null;
}

/** Proofs of possession (RFC 9449). */
export interface SerializedDpop {
  /** Of each issuer, by its index. */
  readonly modes: readonly ("off" | "allowed" | "required")[];
  /** Whether some tokens are bearer tokens still. */
  readonly bearer: boolean;
  readonly algorithms: readonly ("ES256" | "RS256" | "Ed25519" | "EdDSA")[];
  readonly maxAgeSeconds: number;
  readonly clockToleranceSeconds: number;
  /** Whether a proof must hold a nonce of ours. */
  readonly nonce: boolean;
  /** Where proofs are about URIs of these origins alone; empty where the request tells. */
  readonly origins: readonly string[];
  readonly replay: { readonly store: "memory" | "redis"; readonly maxEntries: number };
}

export interface SerializedProblems {
  readonly base: string;
  readonly disclose: boolean;
  readonly titles: readonly { readonly code: string; readonly title: string }[];
}

export interface SerializedAudit {
  /** The file of a policy without a log. */
  readonly sink: { readonly kind: "jsonl"; readonly path: string };
  /** Not there where the records of the gate go to that file. */
  readonly log?: SerializedAuditLog;
}
