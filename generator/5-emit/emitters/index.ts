import type { Emitter } from "../emit-context.js";
import { auditLogEmitter } from "./audit-log.js";
import { auditEmitter } from "./audit.js";
import { canEmitter } from "./can.js";
import { conditionsEmitter } from "./conditions.js";
import { filterEmitter } from "./filter.js";
import { gateEmitter } from "./gate.js";
import { guardsEmitter } from "./guards.js";
import { issuerEmitter } from "./issuer.js";
import { barrelEmitter } from "./barrel.js";
import { responsesEmitter } from "./responses.js";
import { sessionsEmitter } from "./sessions.js";
import { permissionsEmitter } from "./permissions.js";
import { snapshotEmitter } from "./snapshot.js";
import { typesEmitter } from "./types.js";

/** The files of the output folder, sorted by name. */
export const emitters: readonly Emitter[] = [
  auditLogEmitter,
  auditEmitter,
  canEmitter,
  conditionsEmitter,
  filterEmitter,
  gateEmitter,
  guardsEmitter,
  barrelEmitter,
  issuerEmitter,
  permissionsEmitter,
  responsesEmitter,
  sessionsEmitter,
  snapshotEmitter,
  typesEmitter,
];
