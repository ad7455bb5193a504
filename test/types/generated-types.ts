import { chain } from "@gatewright/runtime";
import { permissionGuard, routeGuard } from "@gatewright/runtime/abi/guards";
import type { CredentialReader, ResourceLoader } from "@gatewright/runtime";
import type { OpaqueTokenStore } from "@gatewright/runtime/opaque";
import type { Call, Gate, GateArguments, Handlers } from "@gatewright/runtime/abi";
import { expectTypeOf } from "expect-type";
import type * as application from "../compile/application-principal/expected/index.js";
import type * as bound from "../compile/credentials/expected/index.js";
import type { ProofStore } from "@gatewright/runtime/dpop-store";
import type { Revocations } from "@gatewright/runtime/revocations";
import type * as filtered from "../compile/data-filters/expected/index.js";
import type * as empty from "../compile/empty/expected/index.js";
import type * as open from "../compile/public-only/expected/index.js";
import { guards, routeGuards } from "../compile/roles-and-inheritance/expected/index.js";
import type * as desk from "../compile/roles-and-inheritance/expected/index.js";
import type * as masked from "../compile/responses/expected/index.js";
import type * as audited from "../compile/audit-events/expected/index.js";
import type { Audit } from "@gatewright/runtime/abi/audit";
import type { Masked, Raw } from "@gatewright/runtime/masks";
import type * as strategies from "../compile/strategies/expected/index.js";
import type * as pages from "../compile/routers-and-pages/expected/index.js";

// Compiled by `tsc` and never run: a `@ts-expect-error` that no error follows is an error.

type DeskHandlers = Handlers<desk.Policy, never, never>;
type Params<Id extends desk.RouteId> = Call<desk.Policy, Id>["params"];

export function namesAreLiterals(): void {
  expectTypeOf<desk.Role>().toEqualTypeOf<
    "archivist" | "auditor" | "chief" | "clerk" | "intern" | "manager"
  >();
  expectTypeOf<desk.Permission>().toEqualTypeOf<
    | "orders.create"
    | "orders.delete"
    | "orders.read"
    | "orders.update"
    | "reports.read"
    | "reports.rebuild"
    | "users.disable"
    | "users.read"
  >();
  expectTypeOf<desk.RouteId>().toEqualTypeOf<
    | "DELETE /orders/:orderId"
    | "DELETE /users/:userId"
    | "GET /me"
    | "GET /orders"
    | "GET /orders/:orderId"
    | "GET /reports/**"
    | "GET /users/:userId"
    | "PATCH /orders/:orderId"
    | "POST /orders"
    | "POST /reports/**"
  >();
  expectTypeOf<empty.Role>().toEqualTypeOf<never>();
  expectTypeOf<empty.Permission>().toEqualTypeOf<never>();
  expectTypeOf<empty.RouteId>().toEqualTypeOf<never>();
}

export function claimsAndParametersHaveTheTypesOfThePolicy(): void {
  expectTypeOf<desk.Claims>().toEqualTypeOf<{
    readonly email?: string;
    readonly groups: readonly string[];
    readonly level: number;
  }>();
  expectTypeOf<desk.Principal["roles"]>().toEqualTypeOf<readonly desk.Role[]>();
  expectTypeOf<desk.Principal["tenant"]>().toEqualTypeOf<string | undefined>();
  expectTypeOf<Params<"GET /orders/:orderId">>().toEqualTypeOf<{ readonly orderId: number }>();
  expectTypeOf<Params<"GET /users/:userId">>().toEqualTypeOf<{ readonly userId: string }>();
  expectTypeOf<Params<"GET /reports/**">>().toEqualTypeOf<{ readonly "**": string }>();
  expectTypeOf<keyof Params<"GET /orders">>().toEqualTypeOf<never>();
}

export function principalsAreWhereRoutesHaveThem(): void {
  expectTypeOf<Call<desk.Policy, "GET /me">["principal"]>().toEqualTypeOf<desk.Principal>();
  expectTypeOf<Call<desk.Policy, "GET /orders">["principal"]>().toEqualTypeOf<desk.Principal>();
  expectTypeOf<Call<open.Policy, "GET /health">["principal"]>().toEqualTypeOf<null>();
  expectTypeOf<
    Call<pages.Policy, "GET /feed/;v=1">["principal"]
  >().toEqualTypeOf<pages.Principal | null>();
}

export function handlersAreOneForEachRoute(gate: Gate<open.Policy>): readonly unknown[] {
  const some = { "GET /": () => 1, "GET /health": () => 1, "HEAD /health": () => 1 };
  return [
    gate.mount({ ...some, "GET /assets/**": () => 1 }),
    // @ts-expect-error A handler is missing.
    gate.mount(some),
    // @ts-expect-error The policy has no such route.
    gate.mount({ ...some, "GET /assets/**": () => 1, "POST /health": () => 1 }),
    // @ts-expect-error The pattern is spelt in another way.
    gate.mount({ ...some, "GET /assets/*": () => 1 }),
  ];
}

export const handlersTakeWhatTheRouteGives: Partial<DeskHandlers> = {
  "GET /orders/:orderId": (_, __, { params }) => params.orderId.toFixed(),
  "GET /me": (_, __, { principal }) => principal.claims.level + principal.id.length,
  // @ts-expect-error The parameter is a number.
  "PATCH /orders/:orderId": (_, __, { params }) => params.orderId.trim(),
  // @ts-expect-error The path has no such parameter.
  "DELETE /orders/:orderId": (_, __, { params }) => params.id,
  // @ts-expect-error The claim can be missing.
  "GET /orders": (_, __, { principal }) => principal.claims.email.length,
  // @ts-expect-error The policy has no such role.
  "POST /orders": (_, __, { principal }) => principal.roles.includes("clrk"),
};

export const publicRoutesHaveNoPrincipal: Partial<Handlers<open.Policy, never, never>> = {
  // @ts-expect-error It is null.
  "GET /health": (_, __, { principal }) => principal.id,
};

export const optionalIdentityMayBeNone: Partial<Handlers<pages.Policy, never, never>> = {
  "GET /Feed/:id/": (_, __, { principal }) => principal.id,
  // @ts-expect-error It may be null.
  "GET /feed/;v=1": (_, __, { principal }) => principal.id,
};

export function guardsExistForWhatThePolicyDeclares(): readonly unknown[] {
  expectTypeOf(guards.orders.read.id).toEqualTypeOf<desk.Permission>();
  expectTypeOf(routeGuards["GET /orders"].id).toEqualTypeOf<"GET /orders">();
  return [
    // @ts-expect-error The resource has no such action.
    guards.orders.refund,
    // @ts-expect-error The policy has no such resource.
    guards.invoices,
    // @ts-expect-error The policy has no such route.
    routeGuards["GET /order"],
    // @ts-expect-error The policy has no such permission.
    permissionGuard<desk.Policy>("orders.refund"),
    // @ts-expect-error The policy has no such route.
    routeGuard<desk.Policy, "GET /order">("GET /order"),
  ];
}

export function guardsStandBehindAuthentication(gate: Gate<desk.Policy>): readonly unknown[] {
  const { open: opened, target, authenticate } = gate;
  const route = routeGuards["GET /orders"];
  const health = routeGuard<open.Policy, "GET /health">("GET /health");
  return [
    chain([opened, target, authenticate], route, () => 1),
    chain([opened, target], health, () => 1),
    // @ts-expect-error The route needs a principal.
    chain([opened, target], route, () => 1),
    // @ts-expect-error The target is not checked.
    chain([opened, authenticate], route, () => 1),
    // @ts-expect-error The order is another.
    chain([target, opened, authenticate], route, () => 1),
    // @ts-expect-error A handler of the host is no stage.
    chain([opened, target, () => 1], route, () => 1),
    // @ts-expect-error A permission says nothing of the path, so it ends no chain.
    chain([opened, target, authenticate], guards.orders.read, () => 1),
  ];
}

type DeskArguments = GateArguments<desk.Policy>;
type ApplicationArguments = GateArguments<application.Policy>;

export function principalSourcesAreGivenWhereThePolicyNeedsThem(
  roles: readonly string[],
  email: string,
): readonly unknown[] {
  return [
    [] satisfies DeskArguments,
    [{ principalSource: () => ({ roles, claims: { email } }) }] satisfies ApplicationArguments,
    // @ts-expect-error The policy says `from: application`.
    [] satisfies ApplicationArguments,
    // @ts-expect-error The claim `email` is missing.
    [{ principalSource: () => ({ roles }) }] satisfies ApplicationArguments,
    // @ts-expect-error The principal comes from claims.
    [{ principalSource: () => ({ roles, claims: { email } }) }] satisfies DeskArguments,
  ];
}

type StrategyArguments = GateArguments<strategies.Policy>;

export function partsOfStrategiesAreGivenWhereThePolicyNeedsThem(
  read: CredentialReader,
  store: OpaqueTokenStore,
): readonly unknown[] {
  const authenticators = { partners: read, operators: read };
  const tokenStores = { sessions: store };
  return [
    [{ authenticators, tokenStores }] satisfies StrategyArguments,
    // @ts-expect-error Nothing is passed.
    [] satisfies StrategyArguments,
    // @ts-expect-error The store is missing.
    [{ authenticators }] satisfies StrategyArguments,
    // @ts-expect-error One reader is missing.
    [{ authenticators: { partners: read }, tokenStores }] satisfies StrategyArguments,
    // @ts-expect-error One reader is too many.
    [{ authenticators: { ...authenticators, x: read }, tokenStores }] satisfies StrategyArguments,
    // @ts-expect-error The policy has no strategies.
    [{ tokenStores }] satisfies DeskArguments,
  ];
}

export function readersAnswerClaimsAnEndOrARefusal(): readonly CredentialReader<strategies.RouteId>[] {
  return [
    () => null,
    () => "refused",
    async (_, { now, route }) => ({ claims: { sub: "p1", route }, expiresAt: now + 1000 }),
    // @ts-expect-error Whether they are good must be said.
    () => undefined,
    // @ts-expect-error When they end must be said.
    () => ({ claims: { sub: "p1" } }),
    // @ts-expect-error No such route.
    (_, { route }) => (route === "GET /nowhere" ? null : "refused"),
  ];
}

type BoundArguments = GateArguments<bound.Policy>;

export function whatCredentialsNeedIsGivenWhereThePolicyNeedsIt(
  revocations: Revocations,
  proofStore: ProofStore,
): readonly unknown[] {
  return [
    [{ revocations, proofStore }] satisfies BoundArguments,
    // @ts-expect-error The policy has `revocation`.
    [{ proofStore }] satisfies BoundArguments,
    // @ts-expect-error The policy says `replay: redis`.
    [{ revocations }] satisfies BoundArguments,
    // @ts-expect-error Nothing can be revoked by this policy.
    [{ revocations }] satisfies DeskArguments,
  ];
}

export function loadersHaveATypeOfTheirOwn(): void {
  type Loaders = GateArguments<filtered.Policy>[0]["resources"];
  type Name = keyof filtered.Resources;
  expectTypeOf<Loaders[Name]>().toEqualTypeOf<
    ResourceLoader<filtered.Policy, filtered.Resources[Name]>
  >();
}

type SeenBy<R extends masked.Role> = masked.Responses<R>["order"];

export function whatIsMaskedIsNoPlainValue(
  masks: masked.ResponseMasks,
  document: masked.RawResponses["order"],
  principal: masked.Principal,
  sendToClerk: (order: SeenBy<"clerk">) => void,
): readonly unknown[] {
  const shown = masks.order(document, { roles: ["clerk"] });
  const whole = masks.order(document, { roles: ["manager"] });
  const anyone = masks.order(document, null);
  expectTypeOf(shown.customer).toEqualTypeOf<Masked<string>>();
  expectTypeOf(whole.customer).toEqualTypeOf<string>();
  expectTypeOf(whole.customerId).toEqualTypeOf<Masked<string>>();
  expectTypeOf(anyone.address.street).toEqualTypeOf<Masked<string>>();
  expectTypeOf(masks.order(document, principal).customer).toEqualTypeOf<string | Masked<string>>();
  sendToClerk(shown);
  // @ts-expect-error What a manager sees is more than a clerk may.
  sendToClerk(whole);
  // @ts-expect-error Nor is the raw document for a clerk.
  sendToClerk(document);
  // @ts-expect-error A masked value is no text.
  const text: string = shown.customer;
  // @ts-expect-error A public field takes no raw value.
  const wrong: masked.RawResponses["order"]["id"] = null as unknown as Raw<number>;
  return [text, wrong];
}

export function eventsTakeRawValuesWhereTheyAreMasked(
  audit: Audit<audited.AuditEvents>,
  amount: Raw<number>,
  card: Raw<string>,
  orderId: Raw<number>,
): void {
  audit.record("order.refunded", { orderId: 7, amount, card });
  // @ts-expect-error A public field takes no raw value.
  audit.record("order.refunded", { orderId, amount, card });
  // @ts-expect-error Nor is a raw value one of its own type.
  const text: string = card;
  audit.record("order.refunded", { orderId: 7, amount: 1, card: text });
}
