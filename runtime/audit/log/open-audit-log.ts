import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { GateError } from "../../gate-error.js";
import type { MaskFailure } from "../../masks/mask.js";
import type { Snapshot } from "../../snapshot.js";
import { openRouter } from "../delivery/open-router.js";
import type { RouterSink } from "../delivery/open-router.js";
import { openSpool } from "../spool/open-spool.js";
import type { Spool, SpoolOptions } from "../spool/spool.js";
import { logSinks } from "./audit-log.js";
import type { AuditLog, AuditLogAlert } from "./audit-log.js";
import { createLogSink } from "./log-sink.js";
import { findOpenDecisions, trackDecisions } from "./open-decisions.js";
import { openSigner } from "./open-signer.js";
import { openSinks } from "./open-sinks.js";
import type { SinkOpeners } from "./open-sinks.js";
import { createOwnEvents } from "./own-events.js";
import { createRecordParams } from "./record-params.js";
import type { RecordParams, RecordParamsOptions } from "./record-params.js";
import { keepRetention } from "./retention.js";
import { createSelfReport } from "./self-report.js";
import type { SelfReport } from "./self-report.js";
import type { SerializedAuditLog } from "./serialized-audit-log.js";
import { createUtcClock } from "./utc-clock.js";

export interface AuditLogOptions {
  /** Where secrets named by `environment` are read; `process.env` by default. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Folder that relative paths start from; the working directory by default. */
  readonly cwd?: string;
  /** The clock, in milliseconds since the epoch; `Date.now` by default. */
  readonly now?: () => number;
  /** Hears of marks, failures, outages and losses. By default process warnings. */
  readonly onAlert?: (alert: AuditLogAlert) => void;
  /** Functions of masks with `method: custom`, by name. */
  readonly custom?: RecordParamsOptions["custom"];
  /** What sinks need of the application, by their names, such as `{ warehouse: { pool } }`. */
  readonly sinks?: object;
  /** Settings of the spool that no policy has; their defaults are right for a service. */
  readonly spool?: SpoolSettings;
}

export type SpoolSettings = Partial<
  Pick<
    SpoolOptions,
    "files" | "segmentBytes" | "memoryBytes" | "checkpoint" | "groupCommit" | "monotonic"
  >
>;

/**
 * Opens the log of a snapshot, and closes with `outcome: unknown` what the last process left open.
 *
 * @throws GateError `configuration-invalid` where the policy has no log, or a secret or a part of the application is
 *   missing
 * @throws SpoolError where another process has the folder, or it cannot be used
 */
export async function openLog(
  { source }: Pick<Snapshot, "source">,
  openers: SinkOpeners,
  options: AuditLogOptions,
): Promise<AuditLog> {
  const { log } = source.audit;
  if (log === undefined) {
    throw new GateError("configuration-invalid", "the policy has no `audit.log`");
  }
  const { environment = process.env, cwd = process.cwd(), now = Date.now } = options;
  const { onAlert = warn } = options;
  const alert = (told: AuditLogAlert): void => {
    try {
      onAlert(told);
    } catch {
      // Whoever hears an alert is not to stop what it is about.
    }
  };
  const signers = log.signer === null ? [] : [openSigner(log.signer, { environment, cwd })];
  const folder = resolve(cwd, log.folder);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const settings = {
    ...options.spool,
    limits: log.limits,
    onAlert: (told) => alert({ source: "log", ...told }),
    signers,
    now,
  } satisfies Omit<SpoolOptions, "folder" | "categories">;
  const report = createSelfReport();
  const onFailure = (failure: MaskFailure) =>
    alert({ source: "record", code: "mask-failed", detail: failure });
  const { custom } = options;
  const paramsOf = createRecordParams(log, { environment, cwd, custom, onFailure });
  const opening = { log, folder, paramsOf, alert, report, digest: source.digest, now };
  const spools: Spool[] = [];
  let sinks: readonly RouterSink[] = [];
  try {
    const spill = log.spill === null ? undefined : await openSpill(log, log.spill, cwd, settings);
    if (spill !== undefined) spools.push(spill);
    const spool = await openSpool({
      ...settings,
      categories: Object.fromEntries(log.categories.map((category) => [category.name, category])),
      folder: join(folder, "spool"),
      onRecorded: report.hear,
      ...(spill && { spill }),
    });
    spools.unshift(spool);
    sinks = await openSinks(log, openers, {
      environment,
      cwd,
      now,
      supplied: options.sinks ?? {},
    });
    const verifierKeys = signers.map(({ verifierKey }) => verifierKey);
    return await connect({ ...opening, spool, spill, sinks, verifierKeys });
  } catch (error) {
    const rest = [...sinks.flatMap(({ sink, fallBack }) => [sink, fallBack?.sink]), ...spools];
    await Promise.allSettled(rest.map((opened) => opened?.close()));
    throw error;
  }
}

/** Where there is no room in it either, nothing more can be done. */
function openSpill(
  log: SerializedAuditLog,
  place: string,
  cwd: string,
  settings: Omit<SpoolOptions, "folder" | "categories">,
): Promise<Spool> {
  const categories = log.categories.map(({ name }) => [name, { overflow: "fail_closed" }] as const);
  return openSpool({
    ...settings,
    categories: Object.fromEntries(categories),
    folder: resolve(cwd, place),
  });
}

interface Opened {
  readonly log: SerializedAuditLog;
  readonly folder: string;
  readonly alert: (alert: AuditLogAlert) => void;
  readonly paramsOf: RecordParams;
  readonly report: SelfReport;
  readonly digest: string;
  readonly now: () => number;
  readonly spool: Spool;
  readonly spill: Spool | undefined;
  readonly sinks: readonly RouterSink[];
  readonly verifierKeys: readonly string[];
}

/** Joins the spools, the sinks and the gate's way in. */
async function connect(opened: Opened): Promise<AuditLog> {
  const { log, folder, alert, report, digest, now, spool, spill, sinks, verifierKeys } = opened;
  const clock = createUtcClock(now);
  const own = createOwnEvents(spool, clock);
  const file = join(folder, "open-decisions");
  const lose = (detail: string) => alert({ source: "record", code: "lost", detail });
  // Before the file names a later segment: a crash in between finds them again.
  for (const decision of await findOpenDecisions({ file, spool })) await own.unknown(decision);
  const route = (of: Spool, routed: readonly RouterSink[]) =>
    openRouter({
      source: { read: of.read, durable: () => of.counts().durable - of.counts().spilled },
      folder: join(folder, "sinks"),
      onAlert: (told) => alert({ source: "sink", ...told }),
      sinks: routed,
    });
  const router = await route(spool, sinks);
  const spillRouter = spill && (await route(spill, sinks.map(ofSpill)));
  const decisions = trackDecisions({
    file,
    spool,
    onError: (error) => lose(`open-decisions: ${String(Object(error).code)}`),
  });
  const retention = keepRetention({
    categories: log.categories,
    spools: [
      { spool, passed: () => [...router.passed(), decisions.cursor()] },
      ...(spill && spillRouter ? [{ spool: spill, passed: spillRouter.passed }] : []),
    ],
    sinks,
    now,
    onError: lose,
  });
  const closeAll = async (how: { readonly drain?: number } | undefined) => {
    report.end();
    // In this order: what is durable is delivered, and nobody else opens the folder meanwhile.
    const stopped = await Promise.allSettled([own.stopped(digest), retention.close()]);
    decisions.close();
    // Those of the spill first: they share sinks, which the others close.
    const spilled = await Promise.allSettled([spillRouter?.close(how)]);
    const delivered = await Promise.allSettled([router.close(how)]);
    const closed = await Promise.allSettled([spool.close(), spill?.close()]);
    for (const end of [...stopped, ...spilled, ...delivered, ...closed]) {
      if (end.status === "rejected") throw end.reason;
    }
  };
  let closing: Promise<void> | undefined;
  const close = (how?: { readonly drain?: number }) => (closing ??= closeAll(how));
  const sink = createLogSink({
    spool,
    clock,
    decisions,
    categories: new Map(log.categories.map((category) => [category.name, category])),
    paramsOf: opened.paramsOf,
    onLost: (category, reason) => lose(`${category}: ${reason}`),
    close,
  });
  try {
    await own.started(digest);
    report.begin(spool, own);
  } catch (error) {
    await close({ drain: 0 }).catch(() => undefined);
    throw error;
  }
  const auditLog: AuditLog = {
    counts: () => ({
      ...spool.counts(),
      open: decisions.size(),
      sinks: { ...router.counts(), ...spillRouter?.counts() },
    }),
    checkpoint: () => spool.checkpoint(),
    verifierKeys,
    isFailing: () => spool.isFailing(),
    async idle() {
      await Promise.all([router.idle(), spillRouter?.idle()]);
    },
    keepRetention: () => retention.run(),
    close,
  };
  logSinks.set(auditLog, sink);
  return auditLog;
}

/** What was spilled goes the same ways, at a pace of its own. */
function ofSpill({ name, sink, ...rest }: RouterSink): RouterSink {
  const { fallBack, ...others } = rest;
  const shared = { ...sink, close: async () => undefined };
  const fallBackToo = fallBack && {
    ...fallBack,
    sink: { ...fallBack.sink, close: async () => undefined },
  };
  return { ...others, name: `${name}.spill`, sink: shared, fallBack: fallBackToo };
}

function warn(alert: AuditLogAlert): void {
  const { source, code, detail = "" } = alert;
  const of = source === "sink" ? `sink ${alert.sink}` : source;
  process.emitWarning(`audit ${of}: ${code} ${detail}`.trimEnd(), "GatewrightWarning");
}
