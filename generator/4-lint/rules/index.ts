import type { Rule } from "../rule.js";
import { auditKeyBesideLog } from "./audit-key-beside-log.js";
import { corsLacksAuthorization } from "./cors-lacks-authorization.js";
import { grantNeverEffective } from "./grant-never-effective.js";
import { headWeakerThanGet } from "./head-weaker-than-get.js";
import { methodFallsThrough } from "./method-falls-through.js";
import { revocationOfOneNode } from "./revocation-of-one-node.js";
import { unreachableRoute } from "./unreachable-route.js";
import { unusedCors } from "./unused-cors.js";
import { unusedMask } from "./unused-mask.js";
import { unusedPermission } from "./unused-permission.js";
import { unusedResponse } from "./unused-response.js";
import { unusedRole } from "./unused-role.js";
import { unusedStrategy } from "./unused-strategy.js";
import { weakTokenProfile } from "./weak-token-profile.js";

/** To add a rule, write its file here and its examples under `test/lint/<rule>/`. */
export const rules: readonly Rule[] = [
  grantNeverEffective,
  methodFallsThrough,
  headWeakerThanGet,
  unreachableRoute,
  unusedRole,
  unusedPermission,
  unusedCors,
  corsLacksAuthorization,
  unusedStrategy,
  weakTokenProfile,
  revocationOfOneNode,
  auditKeyBesideLog,
  unusedMask,
  unusedResponse,
];
