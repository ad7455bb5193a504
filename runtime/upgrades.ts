import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { answerFor } from "./answer.js";
import { runIn } from "./async-context.js";
import { answerOn } from "./doors.js";
import { callFor } from "./call.js";
import { locate, maskOf } from "./decide.js";
import type { EndReason, Upgrades, UpgradesFeature } from "./gate-features.js";
import { refuse } from "./problem.js";
import type { Problem } from "./problem.js";
import type { PolicyTypes, UpgradeHandler } from "./policy-types.js";
import { contextOf, rolesOf } from "./request-context.js";
import type { LoadedPolicy, RequestContext } from "./request-context.js";
import { decideByRoute } from "./stages.js";
import type { GateState } from "./stages.js";
import { routeOf } from "./snapshot.js";
import type { SerializedUpgrade } from "./snapshot-format.js";
import { takesStrategy } from "./strategies/takes-strategy.js";

/** From the abort of a connection's signal until it is cut: time to send a close frame. */
const GRACE_MILLISECONDS = 1000;
/** Longer delays would fire at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** Upgrades (RFC 9110, section 7.8) pass the same chain as requests, under a route that declares them. */
export const upgrades: UpgradesFeature = { open, isOwed };

function isOwed(context: RequestContext, response: ServerResponse): boolean {
  const { upgrade } = routeOf(context.policy.snapshot, context.located?.route ?? -1);
  if (upgrade === null || context.door !== "http") return false;
  // RFC 9110, section 15.5.22: 426 names the protocol, and section 7.8 wants the connection option.
  response.setHeader("Upgrade", upgrade.protocol);
  response.setHeader("Connection", "Upgrade");
  refuse(context, response, {
    code: "upgrade-required",
    detail: "this route serves upgrades only",
  });
  return true;
}

function open(state: GateState): Upgrades {
  const connections = new Set<Connection>();
  const end = (reason: EndReason, isEnded: (context: RequestContext) => boolean) => {
    const ended = [...connections].filter(({ context }) => isEnded(context));
    for (const connection of ended) connection.close(reason);
    return ended.length;
  };
  const endRevoked = ({ authenticator }: LoadedPolicy) =>
    authenticator.watch?.(state, (isRevoked, reason) => {
      end(reason, ({ authentication: found }) => found?.kind === "principal" && isRevoked(found));
    });
  endRevoked(state.policy);
  return {
    serve: (server, handlers) => serveUpgrades({ state, connections }, server, handlers),
    end,
    recheck(policy) {
      endRevoked(policy);
      for (const connection of connections) {
        isAdmitted(connection, policy).then(
          (isStill) => isStill || connection.close("revoked"),
          (error: unknown) => {
            state.onError(error);
            connection.close("revoked");
          },
        );
      }
    },
  };
}

/** A connection that outlives its request. */
interface Connection {
  readonly context: RequestContext;
  readonly request: IncomingMessage;
  /** Tells its handler, and ends it a moment later. */
  close(reason: EndReason): void;
}

interface Served {
  readonly state: GateState;
  readonly connections: Set<Connection>;
}

function serveUpgrades(
  { state, connections }: Served,
  server: Server,
  handlers: Readonly<Record<string, unknown>>,
): void {
  server.on("upgrade", (request: IncomingMessage, socket: Socket, head: Buffer) => {
    const response = answerOn(request, socket);
    const proceed = (context: RequestContext) => {
      if (socket.destroyed) return;
      const { id, upgrade } = routeOf(context.policy.snapshot, context.located?.route ?? -1);
      const handler = handlers[id];
      const problem = refusalOf(upgrade, request.headers.origin);
      if (problem !== undefined) {
        refuse(context, response, problem);
        return;
      }
      if (!Object.hasOwn(handlers, id) || typeof handler !== "function") {
        const detail = "nothing serves this route";
        refuse(context, response, { code: "not-found", detail, cause: "no-handler" });
        return;
      }
      const controller = new AbortController();
      response.detachSocket(socket);
      noteStatus(context, socket);
      track({ state, connections }, { context, request, socket, controller });
      const call = {
        ...callFor<PolicyTypes, never>(request, id as never),
        signal: controller.signal,
      };
      runIn(context, () => (handler as UpgradeHandler)(request, socket, head, call));
    };
    decideByRoute(state, request, response, "upgrade")
      .then((params) => {
        const context = contextOf(request);
        if (params !== undefined && context !== undefined) proceed(context);
      })
      .catch((error: unknown) => {
        state.onError(error);
        if (response.socket === null) socket.destroy();
        else failed(request, response);
      });
  });
}

/** A route serves upgrades only where it says so, and to the pages that it names. */
function refusalOf(
  upgrade: SerializedUpgrade | null,
  origin: string | undefined,
): Problem | undefined {
  if (upgrade === null) return { code: "upgrade-refused", detail: "this route serves HTTP only" };
  if (origin === undefined || upgrade.origins.includes(origin)) return undefined;
  return { code: "forbidden", detail: "pages of this origin may not connect", cause: "origin" };
}

function failed(request: IncomingMessage, response: ServerResponse): void {
  const detail = "the gate failed to decide";
  refuse(contextOf(request), response, { code: "internal-error", detail });
}

interface Upgraded {
  readonly context: RequestContext;
  readonly request: IncomingMessage;
  readonly socket: Socket;
  readonly controller: AbortController;
}

/** Ends the connection when its token does. */
function track(
  { state, connections }: Served,
  { context, request, socket, controller }: Upgraded,
): void {
  const connection: Connection = {
    context,
    request,
    close(reason) {
      if (controller.signal.aborted) return;
      context.decision = { ...context.decision, cause: reason };
      controller.abort(reason);
      setTimeout(() => socket.destroy(), GRACE_MILLISECONDS).unref();
    },
  };
  const { authentication } = context;
  const left =
    authentication?.kind === "principal" ? authentication.expiresAt - state.now() : LONGEST_TIMER;
  const deadline = setTimeout(() => connection.close("expired"), Math.min(left, LONGEST_TIMER));
  deadline.unref();
  connections.add(connection);
  socket.once("close", () => {
    clearTimeout(deadline);
    connections.delete(connection);
  });
}

/** Whether a policy would let this caller on by a route for upgrades. */
async function isAdmitted(
  { context, request }: Connection,
  policy: LoadedPolicy,
): Promise<boolean> {
  const { snapshot } = policy;
  const method = context.method ?? "";
  const located = locate(snapshot, method, request.url ?? "");
  const again = { ...context, policy, located };
  const { authentication } = context;
  if (authentication?.kind === "principal") {
    const { principal, actorMask } = authentication;
    const { mask } = maskOf(snapshot, principal.roles);
    again.authentication = { ...authentication, mask };
    if (actorMask !== undefined) {
      const actor = maskOf(snapshot, principal.actor?.roles ?? []);
      again.authentication = { ...again.authentication, actorMask: actor.mask };
    }
  }
  const answer = answerFor(snapshot, { method, located }, rolesOf(again));
  if (!answer.pass || routeOf(snapshot, located.route).upgrade === null) return false;
  const strategy = authentication?.kind === "principal" ? authentication.credential.strategy : null;
  if (strategy !== null && !takesStrategy(snapshot, located.route, strategy)) return false;
  return (await policy.rules?.check(again, request)) === undefined;
}

/** The handler writes its answer itself, and only its first line tells what it was. */
function noteStatus(context: RequestContext, socket: Socket): void {
  const { write, end } = socket;
  const noting = (send: typeof write | typeof end) =>
    function sendNoted(...data: readonly unknown[]) {
      Object.assign(socket, { write, end });
      const [first] = data;
      const start = Buffer.isBuffer(first) ? first.subarray(0, 20) : String(first).slice(0, 20);
      const status = /^HTTP\/1\.1 ([1-5][0-9]{2}) /.exec(String(start))?.[1];
      if (status !== undefined) context.upgradeStatus = Number(status);
      return Reflect.apply(send, socket, data);
    };
  Object.assign(socket, { write: noting(write), end: noting(end) });
}
