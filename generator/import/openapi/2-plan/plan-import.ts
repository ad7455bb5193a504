import type { RouterModel } from "../../../3-model/policy-model.js";
import type { Diagnostic } from "../../../diagnostics/diagnostic.js";
import type { DocumentOperation } from "../1-read/document-operation.js";
import type { Cause } from "../1-read/import-note.js";
import { listOperations } from "../1-read/list-operations.js";
import type { PlainMap } from "../1-read/plain-value.js";
import { checkDrafts } from "./check-drafts.js";
import type { CheckedDrafts, ForeignRoute } from "./check-drafts.js";
import { draftRoutes } from "./draft-routes.js";
import type { DraftRoute } from "./draft-routes.js";
import { fillNeeds } from "./fill-needs.js";
import type { UnsaidAccess } from "./fill-needs.js";
import type { ImportPlan } from "./import-plan.js";
import { namePlan } from "./name-plan.js";
import { nameResources } from "./name-resources.js";

export interface PlanOptions {
  readonly name: string;
  /** Resources that the policy declares besides those of this import. */
  readonly takenResources: ReadonlySet<string>;
  readonly router: RouterModel;
  readonly hasServerPrefix: boolean;
  /** What no word on security means; undefined: public where the document speaks of it elsewhere. */
  readonly unsaid: UnsaidAccess | undefined;
  /** Routes that the policy has besides those of this import. */
  readonly foreignRoutes: readonly ForeignRoute[];
}

export type PlannedImport =
  | { readonly ok: true; readonly plan: ImportPlan }
  | { readonly ok: false; readonly failures: readonly Diagnostic[] };

/** A refusal may make other routes meaningless; nothing real takes more than two rounds. */
const MAX_ROUNDS = 8;

/** Decides what the document asks of a policy: routes, resources, roles, and what cannot be carried over. */
export function planImport(document: PlainMap, options: PlanOptions): PlannedImport {
  const operations = listOperations(document, {
    rules: options.router,
    hasServerPrefix: options.hasServerPrefix,
  });
  const resourceOf = nameResources(document, operations, {
    name: options.name,
    taken: options.takenResources,
  });
  const isSpokenOf = operations.some(({ isSecuritySaid }) => isSecuritySaid);
  const unsaid = options.unsaid ?? (isSpokenOf ? "public" : "roles");
  const { needsOf, inherited } = fillNeeds(operations, { unsaid, resourceOf });
  const { router } = options;
  const refused = new Map<DocumentOperation, Cause>();
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const drafted = draftRoutes(operations, { router, needsOf, refused });
    const checked = checkDrafts(drafted.routes, { router, foreignRoutes: options.foreignRoutes });
    const failures = failuresOf(checked);
    if (failures.length > 0) return { ok: false, failures };
    if (checked.refusals.size === 0) {
      const { name, takenResources } = options;
      const found = { document, operations, resourceOf, needsOf, inherited };
      const settled = settleAdopted(checked, drafted.refusals);
      return { ok: true, plan: namePlan({ ...found, ...settled, name, takenResources }) };
    }
    for (const [route, cause] of checked.refusals) {
      for (const operation of route.operations) refused.set(operation, cause);
    }
  }
  return { ok: false, failures: [unsettled] };
}

/** An operation that a wider route decides as it should is carried over by that route. */
function settleAdopted(checked: CheckedDrafts, drafted: ReadonlyMap<DocumentOperation, Cause>) {
  const refusals = new Map(drafted);
  const guests = new Map<DraftRoute, readonly DocumentOperation[]>();
  for (const [draft, host] of checked.adopted) {
    for (const operation of draft.operations) refusals.delete(operation);
    guests.set(host, [...(guests.get(host) ?? []), ...draft.operations]);
  }
  const withGuests = (draft: DraftRoute): DraftRoute => {
    const operations = guests.get(draft);
    return operations === undefined
      ? draft
      : { ...draft, operations: [...draft.operations, ...operations] };
  };
  const routes = checked.routes.map((draft) => [draft, withGuests(draft)] as const);
  const fallThroughs = new Map(
    routes.flatMap(([draft, settled]) => {
      const reason = checked.fallThroughs.get(draft);
      return reason === undefined ? [] : [[settled, reason] as const];
    }),
  );
  const settled: CheckedDrafts = {
    ...checked,
    routes: routes.map(([, draft]) => draft),
    fallThroughs,
  };
  return { refusals, checked: settled };
}

/** A route that nobody passes and that the compiler refuses all the same cannot be helped by refusing it again. */
function failuresOf({ failures, refusals }: CheckedDrafts): readonly Diagnostic[] {
  const stuck = [...refusals].filter(([route]) => route.needs === undefined);
  return [...failures, ...stuck.map(([, { message }]) => ({ ...unsettled, message }))];
}

const unsettled: Diagnostic = {
  code: "openapi-not-a-policy",
  severity: "error",
  message: "its routes contradict each other",
  at: { file: "", start: 0, end: 0 },
};
