import { afterEach } from "vitest";
import type { RawRequest } from "../../agreement/raw-client.js";
import { NOW, createSigner } from "../authenticate/token-forge.js";
import type { Members } from "../authenticate/token-forge.js";
import { credentialPolicy, openCredentialDesk } from "../credentials/credential-desk.js";
import type { CredentialDesk, CredentialDeskOptions } from "../credentials/credential-desk.js";
import { bound, boundToken, proofFor } from "./proof-maker.js";
import type { ProofChanges } from "./proof-maker.js";

export const issuer = createSigner("HS256");
export const client = createSigner("ES256");
export const thief = createSigner("ES256");
export const token = boundToken(issuer, client);

export const policyWith = (more = "", mode = "allowed") =>
  credentialPolicy({ token: `    dpop: ${mode}`, more });

/** Requests for GET /orders with a proof that a test changes. */
export const changed = (changes: ProofChanges) => bound(token, proofFor(client, token, changes));
export const claims = (different: Members) => changed({ claims: different });
export const header = (different: Members) => changed({ header: different });
export const proof = () => proofFor(client, token);

const allowed = policyWith();

/** A desk for each test of a file, closed after it, with a clock that a test may set forward. */
export function useDpopDesk() {
  let desk: CredentialDesk | undefined;
  let clock = NOW * 1000;
  const open = async (snapshot = allowed, more: Partial<CredentialDeskOptions> = {}) => {
    await desk?.close();
    const keys = String(issuer.jwk["k"]);
    desk = await openCredentialDesk({ snapshot, keys, now: () => clock, ...more });
    return desk;
  };
  afterEach(async () => {
    await desk?.close();
    desk = undefined;
    clock = NOW * 1000;
  });
  return {
    open,
    setClock: (seconds: number) => {
      clock = seconds * 1000;
    },
    /** What becomes of requests, one after the other: the status, and the cause that was recorded. */
    async outcomes(...requests: readonly RawRequest[]): Promise<readonly unknown[]> {
      const opened = desk ?? (await open());
      const statuses: number[] = [];
      for (const request of requests) {
        const [answer] = await opened.send(request);
        statuses.push(answer?.status ?? 0);
      }
      const records = await opened.close();
      desk = undefined;
      return records.map(({ cause }, index) =>
        cause ? [statuses[index], cause] : statuses[index],
      );
    },
  };
}
