import type { ServerResponse } from "node:http";
import { GateError } from "./gate-error.js";
import { differentSetting } from "./host-mounting.js";
import type { HostRequest } from "./http.js";
import { refuse } from "./problem.js";
import type { LoadedPolicy, RequestContext } from "./request-context.js";
import type { GateState } from "./stages.js";

/** Whether the host, where it can be asked, matches paths as the policy says; answers where it does not. */
export function checkHost(
  state: GateState,
  context: RequestContext,
  response: ServerResponse,
): boolean {
  const { app }: HostRequest = response.req;
  const { policy } = context;
  if (app === undefined || state.hosts.get(app) === policy) return true;
  const different = differentSetting(app, policy);
  if (different !== undefined) {
    refuse(context, response, { code: "host-mismatch", detail: `Express's ${different}` });
    return false;
  }
  state.hosts.set(app, policy);
  if (trustsOthers(app, policy)) {
    const message =
      "Express's `trust proxy` is not what the policy says under `router.trustedProxies`";
    state.onError(new GateError("configuration-invalid", message));
  }
  return true;
}

/** `trust proxy` changes no decision, but what the application takes for the client. */
function trustsOthers(app: object, policy: LoadedPolicy): boolean {
  const trusts: unknown =
    "get" in app && typeof app.get === "function" ? app.get("trust proxy fn") : undefined;
  if (typeof trusts !== "function") return false;
  const { trustedProxies } = policy.snapshot.source.router;
  return [...probes, ...blockBases(trustedProxies)].some((address) =>
    HOPS.some((hop) => Boolean(trusts(address, hop)) !== policy.proxies.isTrusted(address, hop)),
  );
}

/** An address of every range that proxies usually stand in, and one of a client. */
const probes = [
  "127.0.0.1",
  "::1",
  "10.0.0.1",
  "172.16.0.1",
  "192.168.0.1",
  "fd00::1",
  "192.0.2.1",
];
const HOPS = [0, 1, 2, 16];

function blockBases(trusted: number | readonly string[]): readonly string[] {
  return typeof trusted === "number" ? [] : trusted.map((block) => block.replace(/[/].*/, ""));
}
