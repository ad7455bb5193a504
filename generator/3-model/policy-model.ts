import type { AuditLogModel } from "./audit-log-model.js";
import type { AuditEventsModel, AuditModel } from "./audit-events-model.js";
import type { ResponsesModel } from "./responses-model.js";
import type { RevocationModel } from "./revocation-model.js";
import type { SegmentModel } from "./segment-model.js";
import type { SessionsModel } from "./sessions-model.js";
import type { PolicyNode } from "../1-load/policy-document.js";
import type { CheckedCondition } from "../conditions/check-condition.js";
import type { SourceSpan, SourceText } from "../diagnostics/diagnostic.js";
import type { AuthenticationModel, ClaimValue } from "./authentication-model.js";

/** The whole policy, resolved: every name is known, inheritance is closed, lists are sorted by name or id. */
export interface PolicyModel {
  readonly sources: readonly SourceText[];
  readonly roles: readonly RoleModel[];
  readonly resources: readonly ResourceModel[];
  /** All `resource.action`, sorted. */
  readonly permissions: readonly PermissionModel[];
  readonly routes: readonly RouteModel[];
  /** What is granted or denied under conditions; roles in their order, then derived roles. */
  readonly clauses: readonly ClauseModel[];
  readonly conditions: readonly ConditionModel[];
  readonly request: RequestInputsModel;
  readonly principal: PrincipalModel;
  readonly issuers: readonly IssuerModel[];
  readonly authentication: AuthenticationModel;
  readonly revocation: RevocationModel | undefined;
  readonly sessions: SessionsModel | undefined;
  readonly auditEvents: AuditEventsModel | undefined;
  readonly responses: ResponsesModel | undefined;
  /** Under `masks`, and no field names them. */
  readonly unusedMasks: readonly NamedReference[];
  /** Undefined where no issuer's tokens are bound. */
  readonly dpop: DpopModel | undefined;
  /** Sorted by name. */
  readonly cors: readonly CorsModel[];
  readonly router: RouterModel;
  readonly problems: ProblemsModel;
  readonly audit: AuditModel;
  /** Undefined where records go to the file alone. */
  readonly auditLog: AuditLogModel | undefined;
  /** Where the root of keyed hashes is. */
  readonly auditSecret: KeyPlace | undefined;
}

export interface RoleModel {
  readonly name: string;
  readonly description: string | undefined;
  readonly at: SourceSpan;
  /** As written, each with its place. */
  readonly inherits: readonly NamedReference[];
  readonly grants: readonly PermissionReference[];
  /** Without conditions. */
  readonly denies: readonly PermissionReference[];
  readonly conditionalDenies: readonly PermissionReference[];
  /** Names of all ancestors, without the role itself, sorted. */
  readonly ancestors: readonly string[];
  /** Permissions granted by the role or an ancestor, if only under a condition, sorted; denies are not taken off. */
  readonly granted: readonly string[];
  /** Permissions denied by the role or an ancestor, sorted. */
  readonly denied: readonly string[];
}

export interface NamedReference {
  readonly name: string;
  readonly at: SourceSpan;
}

/** A grant or a deny as written (`orders.*` or `orders.read`) and what it stands for. */
export interface PermissionReference {
  readonly text: string;
  readonly at: SourceSpan;
  readonly permissions: readonly string[];
  /** Undefined where it stands without conditions. */
  readonly when?: PolicyNode;
  /** What it means that a deny cannot be decided, where its author said it. */
  readonly missing?: "deny" | "skip";
}

/** A grant or a deny that holds under conditions. */
export interface ClauseModel {
  readonly effect: "grant" | "deny";
  readonly at: SourceSpan;
  /** The role or derived role that it is written in. */
  readonly role: string;
  /** The roles whose holders it is for, inheritance closed, sorted. */
  readonly roles: readonly string[];
  readonly permissions: readonly string[];
  /** All must hold. */
  readonly conditions: readonly ConditionModel[];
  /** Of a deny that cannot be decided. */
  readonly missing: "deny" | "skip";
}

export interface ConditionModel {
  readonly index: number;
  /** Its name under `conditions`. */
  readonly name: string | undefined;
  readonly text: string;
  readonly at: SourceSpan;
  readonly checked: CheckedCondition;
  /** The resource whose attributes it reads, if it does. */
  readonly resource: string | undefined;
  /** Finds a part of the text in the file. */
  readonly spanOf: (span: { readonly start: number; readonly end: number }) => SourceSpan;
}

/** Names that conditions may read of a request, sorted. */
export interface RequestInputsModel {
  readonly headers: readonly string[];
  readonly query: readonly string[];
}

export interface ResourceModel {
  readonly name: string;
  readonly description: string | undefined;
  readonly at: SourceSpan;
  readonly actions: readonly NamedReference[];
  readonly attributes: readonly AttributeModel[];
  /** Actions for which no single resource is loaded, sorted. */
  readonly collection: readonly string[];
  /** The attribute that names the tenant. */
  readonly tenant: string | undefined;
  readonly absent: "not-found" | "forbidden";
}

export type AttributeType = "string" | "int" | "double" | "bool" | "timestamp" | "list<string>";

export interface AttributeModel {
  readonly name: string;
  readonly type: AttributeType;
  readonly optional: boolean;
  readonly at: SourceSpan;
}

export interface PermissionModel {
  /** `resource.action` */
  readonly name: string;
  readonly resource: string;
  readonly action: string;
  readonly at: SourceSpan;
  /** Roles whose closure grants it, if only under a condition, sorted. */
  readonly grantedTo: readonly string[];
  /** Those of them to which it is granted without any condition, sorted. */
  readonly certainTo: readonly string[];
  /** Roles whose closure denies it, sorted. */
  readonly deniedTo: readonly string[];
}

export type RouteAccess = "public" | "authenticated" | "permissions";

export interface RouteModel {
  /** `METHOD pattern`, stable across builds: `GET /orders/:orderId`. */
  readonly id: string;
  readonly method: string;
  /** The full pattern in its one normalised spelling. */
  readonly pattern: string;
  readonly segments: readonly SegmentModel[];
  readonly at: SourceSpan;
  readonly access: RouteAccess;
  /** For `public` only: credentials, when present and good, name the principal. */
  readonly identityOptional: boolean;
  /** All needed; empty unless `access` is `permissions`; sorted. */
  readonly permissions: readonly string[];
  readonly catchAll: string | undefined;
  readonly fallThrough: string | undefined;
  /** Name of the rule of `cors` that its group says, or that is the default. */
  readonly cors: string | undefined;
  readonly upgrade: UpgradeModel | undefined;
  /** Name of the schema that its responses are masked by. */
  readonly response: string | undefined;
  /** Names of the strategies that it takes, sorted; empty where the policy has none. */
  readonly strategies: readonly string[];
  readonly requirements: RequirementsModel;
  /** The category of its records, as the route or its group says. */
  readonly auditCategory: { readonly name: string; readonly at: SourceSpan } | undefined;
}

/** What a route asks of the token besides roles. */
export interface RequirementsModel {
  /** All needed, sorted. */
  readonly scopes: readonly string[];
  readonly stepUp: StepUpModel | undefined;
}

/** RFC 9470: how a caller must have signed in. */
export interface StepUpModel {
  /** One of them is enough; empty where any is. */
  readonly acr: readonly string[];
  readonly maxAgeSeconds: number | undefined;
}

export interface UpgradeModel {
  readonly protocol: "websocket";
  /** Sorted. */
  readonly origins: readonly string[];
}

export interface PrincipalModel {
  readonly at: SourceSpan | undefined;
  readonly from: "claims" | "application";
  readonly id: ClaimPath;
  /** Undefined where the roles come from the application or the policy names none. */
  readonly roles: ListClaimModel | undefined;
  /** Of the token, wherever the rest comes from; undefined where neither it nor a route speaks of scopes. */
  readonly scopes: ListClaimModel | undefined;
  readonly tenant: ClaimPath | undefined;
  readonly claims: readonly ClaimModel[];
  /** What a claim `act` means; undefined where tokens with one are refused. */
  readonly actor: ActorModel | undefined;
  /** How the application's answers are kept; undefined where each request asks. */
  readonly cache: CacheModel | undefined;
}

/** Whoever acts for the subject of a token (RFC 8693, section 4.1); paths lead into `act`. */
export interface ActorModel {
  readonly permissions: "intersection" | "subject";
  readonly id: ClaimPath;
  readonly roles: ListClaimModel | undefined;
}

export interface ListClaimModel {
  readonly path: ClaimPath;
  readonly format: "list" | "space-separated";
}

export interface CacheModel {
  readonly maxAgeSeconds: number;
  readonly maxEntries: number;
}

/** The names to follow from the claim set inward. */
export type ClaimPath = readonly string[];

export type ClaimType = "string" | "int" | "double" | "bool" | "list<string>";

export interface ClaimModel {
  readonly name: string;
  readonly path: ClaimPath;
  readonly type: ClaimType;
  readonly optional: boolean;
  readonly at: SourceSpan;
}

/** `EdDSA` is the older name of Ed25519 (RFC 9864). */
export type Algorithm = "HS256" | "RS256" | "ES256" | "Ed25519" | "EdDSA";

export type KeySource = KeyPlace | RingModel;

/** Keys that verify. */
export interface KeyPlace {
  readonly kind: "file" | "url" | "environment";
  /** A path, an address or the name of a variable. */
  readonly place: string;
}

/** Keys that sign and verify. */
export interface RingModel {
  readonly kind: "ring";
  readonly from: "file" | "environment" | "application";
  /** A path or the name of a variable; empty where the application passes the ring. */
  readonly place: string;
  readonly strategy: "global" | "sliced" | "per-token";
  readonly sliceSeconds: number;
}

export interface IssuerModel {
  readonly name: string;
  readonly at: SourceSpan;
  readonly issuer: string;
  readonly audience: readonly string[];
  readonly algorithms: readonly Algorithm[];
  readonly keys: KeySource;
  readonly dpop: DpopMode;
  /** How many tokens are remembered whose signature was good. */
  readonly cacheEntries: number | undefined;
  readonly profile: TokenProfile;
  /** Where the profile is said, or the issuer's name. */
  readonly profileAt: SourceSpan;
  /** Values of `typ` in lower case; null for a token without. */
  readonly types: readonly (string | null)[];
  readonly ignoredHeaders: readonly string[];
  /** Those of the profile among them, sorted; so is what claims must say. */
  readonly requiredClaims: readonly string[];
  readonly claimValues: readonly ClaimValue[];
  /** The claims that name a token and its client. */
  readonly names: { readonly id: string; readonly client: string; readonly audience: string };
  readonly clockToleranceSeconds: number;
  readonly maxLifetimeSeconds: number | undefined;
  /** Undefined where tokens are signed only. */
  readonly encryption: "A256GCM" | undefined;
}

/** `rfc9068`: JWT access tokens as that RFC has them; `declared`: as the policy says. */
export type TokenProfile = "rfc9068" | "declared";

export interface CorsModel {
  readonly name: string;
  readonly at: SourceSpan;
  /** Sorted; `*` stands alone. */
  readonly origins: readonly string[];
  readonly headers: readonly string[];
  readonly exposedHeaders: readonly string[];
  readonly credentials: boolean;
  readonly maxAgeSeconds: number;
  readonly isDefault: boolean;
}

export interface RouterModel {
  readonly caseSensitive: boolean;
  readonly strict: boolean;
  readonly semicolons: "refuse" | "allow";
  readonly maxPathLength: number;
  readonly trustedProxies: number | readonly string[];
}

export interface ProblemsModel {
  /** Absolute URI prefix of every problem type. */
  readonly base: string;
  readonly disclose: boolean;
  /** Wording by problem code, sorted by code. */
  readonly titles: readonly { readonly code: string; readonly title: string }[];
}

export type DpopMode = "off" | "allowed" | "required";

/** Proofs that a client holds the key of its token (RFC 9449). */
export interface DpopModel {
  readonly algorithms: readonly ("ES256" | "RS256" | "Ed25519" | "EdDSA")[];
  readonly maxAgeSeconds: number;
  readonly nonce: boolean;
  readonly origins: readonly string[];
  readonly replay: "memory" | "redis";
  readonly maxEntries: number;
}
