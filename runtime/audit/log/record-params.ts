import { readParams } from "../../decide.js";
import { createMask } from "../../masks/create-mask.js";
import type { MaskServices } from "../../masks/create-mask.js";
import { maskedToValue, NULL_MARKER } from "../../masks/mask.js";
import type { Mask, MaskContext } from "../../masks/mask.js";
import type { SecretContext } from "../../read-secret-words.js";
import type { RequestContext } from "../../request-context.js";
import type { SerializedMask } from "../../serialized-audit.js";
import { openMaskKeys } from "../events/open-mask-keys.js";
import { routeIn } from "./complete-record.js";
import type { SerializedAuditLog } from "./serialized-audit-log.js";

/** The parameters of a path that its record may show, masked; undefined where there are none. */
export type RecordParams = (context: RequestContext, now: number) => object | undefined;

export interface RecordParamsOptions extends SecretContext {
  /** Functions of masks with `method: custom`, by name. */
  readonly custom?: MaskServices["custom"] | undefined;
  /** Hears of each value that was taken away since its mask failed. */
  readonly onFailure: NonNullable<MaskServices["onFailure"]>;
}

/** Of requests without a tenant. */
const NO_TENANT = "";

/**
 * Shows of a path what its policy declares, and nothing else: a path may hold names and secrets.
 *
 * @throws GateError `configuration-invalid` where a mask lacks its key or function
 */
export function createRecordParams(
  { params }: SerializedAuditLog,
  { custom, onFailure, ...context }: RecordParamsOptions,
): RecordParams {
  const keys = openMaskKeys(params?.secret ?? null, context);
  const services = { ...(keys && { keys }), ...(custom && { custom }), onFailure };
  // Policies that follow have the same: a swap that changes them is refused.
  const masks = (params?.masks ?? []).map((mask) => openMask(mask, services));
  return (request, now) => {
    const { policy, located, authentication } = request;
    const shown = routeIn(request)?.auditParams;
    if (shown === undefined || located === undefined) return undefined;
    const values = readParams(policy.snapshot, located.route, located.path);
    if (values === undefined) return undefined;
    const principal = authentication?.kind === "principal" ? authentication.principal : undefined;
    const tenant = principal?.tenant ?? NO_TENANT;
    return Object.fromEntries(
      shown.map(({ name, mask }) => {
        const value = values[name];
        const field = `request/${name}`;
        return [name, mask === -1 ? value : show(masks[mask], value, { tenant, now, field })];
      }),
    );
  };
}

function openMask({ options }: SerializedMask, services: MaskServices): Mask {
  const mask = createMask(options, services);
  // A whole number in a path is text too, so that one key hashes numbers and names alike.
  const isOfText = options.method === "hmac" && options.type !== "integer";
  return isOfText ? (value, context) => mask(String(value), context) : mask;
}

function show(mask: Mask | undefined, value: unknown, context: MaskContext): unknown {
  try {
    return mask === undefined ? NULL_MARKER : maskedToValue(mask(value, context));
  } catch {
    return NULL_MARKER;
  }
}
