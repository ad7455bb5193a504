import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import { dirname, resolve } from "node:path";
import type { Gate } from "@gatewright/runtime";
import type { AuditLog } from "@gatewright/runtime/abi/audit-log";
import type { KeyRing } from "@gatewright/runtime/issuer";
import { createRevocations } from "@gatewright/runtime/revocations";
import { openSqliteSessionStore } from "@gatewright/runtime/sessions/sqlite";
import {
  createAudit,
  createGate,
  createSessions,
  openAuditLog,
  snapshot,
} from "../../generated/index.js";
import type { Policy } from "../../generated/index.js";
import { createApp } from "./app.js";
import type { AppOptions } from "./app.js";
import { createAccountBook } from "./create-account-book.js";
import type { StoredAccount } from "./create-account-book.js";
import type { Certificate } from "./create-certificate.js";
import { createOrderBook } from "./create-order-book.js";
import { createUserList } from "./create-user-list.js";

export interface ServiceOptions {
  /** 0 for any free port. */
  readonly port: number;
  readonly host: string;
  /** Holds what the policy looks for: `ORDER_DESK_JWKS` and `ORDER_DESK_SESSIONS`. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The keys of the issuer `pages`. */
  readonly ring: KeyRing;
  /** Folder of `audit/`, `data/audit.sqlite` and `data/sessions.sqlite`. */
  readonly cwd: string;
  /** Who may log in at the page; nobody by default. */
  readonly accounts?: readonly StoredAccount[];
  /** Serves HTTPS, which the cookies of the page need; without it, HTTP. */
  readonly certificate?: Certificate;
  readonly app?: Partial<Omit<AppOptions, "sessions" | "accounts" | "audit">>;
}

export interface Service {
  readonly gate: Gate<Policy>;
  readonly port: number;
  readonly url: string;
  /** Takes no more requests, lets open ones end and writes every record; rejects where it could not. */
  stop(): Promise<void>;
}

/** Serves the order desk: no database server and no cache, orders in memory, sessions and records in files. */
export async function startService(options: ServiceOptions): Promise<Service> {
  const { host, environment, ring, cwd, accounts = [], certificate, app = {} } = options;
  const { orders = createOrderBook(), onError = (error) => console.error(error) } = app;
  const { users = createUserList(accounts.map(({ user }) => user)) } = app;
  const book = createAccountBook(users, accounts);
  const revocations = createRevocations(snapshot, { onError });
  const path = resolve(cwd, "data/sessions.sqlite");
  mkdirSync(dirname(path), { recursive: true });
  const auditLog = await openAuditLog({ environment, cwd });
  const gate = await openGate(auditLog, () =>
    createGate({
      environment,
      cwd,
      onError,
      auditLog,
      revocations,
      rings: { pages: ring },
      resources: { orders: (_request, { params }) => orders.find(Number(params["orderId"])) },
    }),
  );
  const store = openSqliteSessionStore({ path });
  const close = async () => {
    try {
      await gate.shutdown();
    } finally {
      revocations.close();
      await store.close();
    }
  };
  try {
    const account = ({ id }: { readonly id: string }) => book.read(id);
    const sessions = createSessions(gate, { store, ring, revocations, account, environment, cwd });
    const audit = createAudit(gate);
    const rest = { orders, users, sessions, audit, accounts: book, onError };
    const listener = createApp(gate, { ...app, ...rest });
    const server =
      certificate === undefined
        ? createServer(listener)
        : createSecureServer(certificate, listener);
    gate.attach(server);
    server.listen(options.port, host);
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    return {
      gate,
      port,
      // The certificate is for this name.
      url: certificate === undefined ? `http://${host}:${port}` : `https://localhost:${port}`,
      async stop() {
        const closed = once(server, "close");
        server.close();
        try {
          await close();
        } finally {
          server.closeAllConnections();
          await closed;
        }
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A gate that cannot be made leaves no log open. */
async function openGate(auditLog: AuditLog, create: () => Gate<Policy>): Promise<Gate<Policy>> {
  try {
    return create();
  } catch (error) {
    await auditLog.close();
    throw error;
  }
}
