import { generateKeyPairSync } from "node:crypto";
import { openSpool } from "../../../../runtime/audit/spool/open-spool.js";
import { createNoteSigner } from "../../../../runtime/audit/spool/signed-note.js";
import type {
  Cursor,
  Spool,
  SpoolAlert,
  SpoolOptions,
  SpoolRecord,
} from "../../../../runtime/audit/spool/spool.js";

export const signer = createNoteSigner("test", generateKeyPairSync("ed25519").privateKey);

export const keys = [signer.verifierKey];

export const categories = {
  auth: { overflow: "fail_closed", isCritical: true },
  access: { overflow: "drop_newest" },
  debug: { overflow: "drop_oldest" },
} as const;

export const roomy = { soft: 2 ** 40, hard: 2 ** 41, reserve: 0 } as const;

/** A spool with small segments and a signer, where nothing else is said. */
export function openCase(
  options: Partial<SpoolOptions> & { readonly folder: string },
): Promise<Spool> {
  return openSpool({
    categories,
    limits: roomy,
    onAlert: () => undefined,
    signers: [signer],
    segmentBytes: 4096,
    ...options,
  });
}

/** Collects the codes of alerts. */
export function collectAlerts() {
  const codes: string[] = [];
  return { codes, onAlert: ({ code }: SpoolAlert) => void codes.push(code) };
}

/** All that is durable, batch after batch. */
export async function readAll(spool: Spool, max = 7): Promise<readonly SpoolRecord[]> {
  const all: SpoolRecord[] = [];
  let from: Cursor | undefined;
  for (;;) {
    const { records, next } = await spool.read({ from, max });
    if (records.length === 0 && next.offset === from?.offset && next.segment === from.segment)
      return all;
    all.push(...records);
    from = next;
  }
}

export async function readEvents(spool: Spool): Promise<readonly SpoolRecord[]> {
  return (await readAll(spool)).filter(({ kind }) => kind === "event");
}

export function sumOf(counts: ReturnType<Spool["counts"]>): number {
  return counts.durable + counts.dropped + counts.rejected + counts.pending;
}
