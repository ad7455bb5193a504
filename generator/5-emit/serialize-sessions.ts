import type { SerializedSnapshot } from "@gatewright/runtime/abi";
import type { PolicyModel } from "../3-model/policy-model.js";

/** No member at all where the service keeps no sessions. */
export function serializeSessions({
  sessions,
  issuers,
}: PolicyModel): Pick<SerializedSnapshot, "sessions"> {
  if (sessions === undefined) return {};
  return {
    sessions: {
      issuer: issuers.findIndex(({ name }) => name === sessions.issuer),
      secret: {
        kind: sessions.secret.kind === "file" ? "file" : "environment",
        place: sessions.secret.place,
      },
      store: { kind: sessions.store.kind, volatile: sessions.store.isVolatile },
      accessTokenSeconds: sessions.accessTokenSeconds,
      idleSeconds: sessions.idleSeconds,
      absoluteSeconds: sessions.absoluteSeconds,
      retrySeconds: sessions.retrySeconds,
      maxRetries: sessions.maxRetries,
      maxPerSubject: sessions.maxPerSubject,
      address: sessions.address,
      userAgent: sessions.userAgent,
      clients: sessions.clients.map(({ name, flow, device, origins }) => {
        return { id: name, flow, device, origins };
      }),
    },
  };
}
