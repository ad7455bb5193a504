import type { PolicyEntry, PolicyNode } from "../1-load/policy-document.js";
import type { Report } from "./mistake.js";
import type { IssuerModel, KeyPlace } from "./policy-model.js";
import { quoteText } from "./quote-text.js";
import { readDuration } from "./read-duration.js";
import { readEnvironment, readFile } from "./read-key-place.js";
import { entriesOf, numberOf, textOf, valueAt } from "./read-node.js";
import { reportKeyReading } from "./resolve-allow-list.js";
import { resolveOrigins } from "./resolve-origins.js";
import type { SessionClientModel, SessionsModel } from "./sessions-model.js";
import { byName } from "./sort-names.js";
import { helpToChoose } from "./suggest-name.js";

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** RFC 9068 leaves it open; what is stolen is of use for that long. */
const DEFAULT_ACCESS_TOKEN = 15 * MINUTE;

/** A reason is for the reviewer: shorter than this it gives none. */
const MIN_REASON = 10;

const stores: readonly SessionsModel["store"]["kind"][] = [
  "memory",
  "sqlite",
  "redis",
  "postgres",
  "application",
];
const signals: readonly SessionsModel["address"][] = ["off", "log", "step-up", "revoke"];

interface SessionsAround {
  readonly issuers: readonly IssuerModel[];
  /** Whether no mistake was told that may have cost one of them. */
  readonly areIssuersSound: boolean;
  readonly hasRevocation: boolean;
}

/** The sessions that a service keeps; undefined where it keeps none, or where they are not sound. */
export function resolveSessions(
  section: PolicyEntry | undefined,
  { issuers, areIssuersSound, hasRevocation }: SessionsAround,
  report: Report,
): SessionsModel | undefined {
  if (section === undefined) return undefined;
  const { keyAt, value: body } = section;
  if (!hasRevocation) {
    report({
      code: "sessions-without-revocation",
      message: "sessions end, and nothing refuses their access tokens then",
      at: keyAt,
      help: "write `revocation: { store: redis }`, or `store: memory` for a single process",
    });
  }
  const issuer = resolveIssuer(section, issuers, areIssuersSound ? report : keepQuiet);
  const secret = resolveSecret(section, report);
  const maxLifetime = issuer?.maxLifetimeSeconds ?? DEFAULT_ACCESS_TOKEN;
  const within = (key: string, bounds: Bounds) => durationAt(body, key, bounds, report);
  const absoluteSeconds = within("absolute", { from: 5 * MINUTE, to: 400 * DAY, or: 30 * DAY });
  const idle: Bounds = {
    from: MINUTE,
    to: absoluteSeconds,
    or: Math.min(8 * HOUR, absoluteSeconds),
  };
  const life: Bounds = {
    from: MINUTE,
    to: Math.min(HOUR, maxLifetime),
    or: Math.min(DEFAULT_ACCESS_TOKEN, maxLifetime),
  };
  const model = {
    at: keyAt,
    store: resolveStore(body, report),
    accessTokenSeconds: within("accessToken", life),
    idleSeconds: within("idle", idle),
    absoluteSeconds,
    ...resolveRetry(valueAt(body, "retry"), report),
    maxPerSubject: countAt(body, "maxPerSubject", { from: 1, to: 1000, or: 100 }, report),
    address: signalAt(body, "address"),
    userAgent: signalAt(body, "userAgent"),
    clients: resolveClients(valueAt(body, "clients"), issuer, report),
  };
  if (issuer === undefined || secret === undefined) return undefined;
  return { ...model, issuer: issuer.name, secret };
}

function resolveIssuer(
  { keyAt, value }: PolicyEntry,
  issuers: readonly IssuerModel[],
  report: Report,
): IssuerModel | undefined {
  const node = valueAt(value, "issuer");
  const signing = issuers.filter(({ keys }) => keys.kind === "ring");
  const name = textOf(node);
  const [only, another] = signing;
  const found = node === undefined ? only : signing.find((issuer) => issuer.name === name);
  if (found !== undefined && (node !== undefined || another === undefined)) return found;
  const names = signing.map((issuer) => issuer.name);
  report({
    code: "sessions-without-issuer",
    message:
      node === undefined
        ? `sessions need one issuer that signs, and there ${names.length === 0 ? "is none" : "are several"}`
        : `${quoteText(name ?? "")} is no issuer that signs`,
    at: node?.at ?? keyAt,
    help:
      names.length === 0
        ? "give an issuer under `tokens` a key ring: `keys: { ring: { file: keys/ring.json } }`"
        : helpToChoose(name ?? "", names),
  });
  return undefined;
}

/** What is wrong was told where it is wrong. */
function keepQuiet(): void {}

function resolveSecret({ value }: PolicyEntry, report: Report): KeyPlace | undefined {
  const entry = entriesOf(value).find(({ key }) => key === "secret");
  // That it is missing is told already.
  if (entry === undefined) return undefined;
  const [source, another] = entriesOf(entry.value);
  const isKnown = source?.key === "file" || source?.key === "environment";
  if (source === undefined || another !== undefined || !isKnown) {
    const help = "write one of `environment` and `file`";
    mistake("`secret` names not one source", entry.keyAt, help, report);
    return undefined;
  }
  const read = source.key === "file" ? readFile : readEnvironment;
  return reportKeyReading(read(textOf(source.value) ?? ""), source.value.at, report);
}

function resolveStore(body: PolicyNode, report: Report): SessionsModel["store"] {
  const written = textOf(valueAt(body, "store")) ?? "memory";
  const kind = stores.find((known) => known === written) ?? "memory";
  const volatile = entriesOf(body).find(({ key }) => key === "volatile");
  if (volatile === undefined) return { kind, isVolatile: false };
  if (kind !== "memory") {
    const help = "leave it out: only sessions in memory end with the process";
    mistake(`\`volatile\` stands beside \`store: ${kind}\``, volatile.keyAt, help, report);
  } else if ((textOf(volatile.value)?.trim() ?? "").length < MIN_REASON) {
    report({
      code: "short-reason",
      message: "`volatile` gives no reason",
      at: volatile.value.at,
      help: `say in at least ${MIN_REASON} characters why sessions may end with the process`,
    });
  }
  return { kind, isVolatile: true };
}

interface Bounds {
  readonly from: number;
  readonly to: number;
  /** Where nothing is written. */
  readonly or: number;
}

function durationAt(
  body: PolicyNode | undefined,
  key: string,
  { from, to, or }: Bounds,
  report: Report,
): number {
  const node = valueAt(body, key);
  if (node === undefined) return or;
  const seconds = readDuration(node);
  if (seconds !== undefined && seconds >= from && seconds <= to) return seconds;
  const message = `\`${key}\` is not a duration from ${textOfSeconds(from)} to ${textOfSeconds(to)}`;
  mistake(message, node.at, `leave it out for ${textOfSeconds(or)}`, report);
  return or;
}

/** In the largest unit that comes out even. */
function textOfSeconds(seconds: number): string {
  if (seconds > 0 && seconds % DAY === 0) return `${seconds / DAY}d`;
  if (seconds > 0 && seconds % HOUR === 0) return `${seconds / HOUR}h`;
  return seconds > 0 && seconds % MINUTE === 0 ? `${seconds / MINUTE}m` : `${seconds}s`;
}

function countAt(
  body: PolicyNode | undefined,
  key: string,
  { from, to, or }: Bounds,
  report: Report,
): number {
  const node = valueAt(body, key);
  if (node === undefined) return or;
  const count = numberOf(node) ?? 0;
  if (Number.isInteger(count) && count >= from && count <= to) return count;
  const message = `\`${key}\` is not a whole number from ${from} to ${to}`;
  mistake(message, node.at, `leave it out for ${or}`, report);
  return or;
}

/** RFC 9700 leaves the window open; a thief who is quicker than its end is answered like the caller. */
function resolveRetry(
  node: PolicyNode | undefined,
  report: Report,
): Pick<SessionsModel, "retrySeconds" | "maxRetries"> {
  return {
    retrySeconds: durationAt(node, "window", { from: 0, to: 30, or: 10 }, report),
    maxRetries: countAt(node, "attempts", { from: 1, to: 100, or: 5 }, report),
  };
}

function signalAt(body: PolicyNode, key: string): SessionsModel["address"] {
  const written = textOf(valueAt(body, key));
  return signals.find((known) => known === written) ?? "log";
}

function resolveClients(
  node: PolicyNode | undefined,
  issuer: IssuerModel | undefined,
  report: Report,
): readonly SessionClientModel[] {
  return entriesOf(node)
    .map(({ key: name, keyAt, value }): SessionClientModel => {
      const written = textOf(valueAt(value, "flow"));
      const flow = written === "browser" ? "browser" : "native";
      const isNative = written === "native";
      const said = valueAt(value, "device");
      const usual = flow === "browser" ? "cookie" : "none";
      const device = (["cookie", "dpop", "none"] as const).find((known) => known === textOf(said));
      if (device === "cookie" && isNative) {
        const help = "write `device: dpop`, or leave it out";
        mistake("a native client keeps no cookies", said?.at ?? keyAt, help, report);
      }
      if (device === "dpop" && issuer?.dpop === "off") {
        report({
          code: "unbound-issuer",
          message: `issuer ${quoteText(issuer.name)} binds no tokens to keys`,
          at: said?.at ?? keyAt,
          help: "write `dpop: allowed` or `dpop: required` there",
        });
      }
      const origins = valueAt(value, "origins");
      if (origins !== undefined && isNative) {
        const help = "leave it out, or write `flow: browser`";
        mistake("a native client has no pages", origins.at, help, report);
      }
      return {
        name,
        flow,
        device: device ?? usual,
        origins: resolveOrigins(origins, "sessions", report),
      };
    })
    .toSorted(byName);
}

function mistake(message: string, at: PolicyNode["at"], help: string, report: Report): void {
  report({ code: "bad-sessions", message, at, help });
}
