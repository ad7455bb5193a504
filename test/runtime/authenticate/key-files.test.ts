import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { bearer, openDesk } from "./token-desk.js";
import type { TokenDesk } from "./token-desk.js";
import { AUDIENCE, ISSUER, createSigner, forge } from "./token-forge.js";

const policy = `
tokens:
  desk: { issuer: "${ISSUER}", audience: ${AUDIENCE}, algorithms: [ES256, Ed25519], keys: { file: keys.json } }
principal: { roles: roles }
`;
const old = createSigner("ES256");
const next = createSigner("Ed25519");

function set(...keys: readonly object[]): string {
  return JSON.stringify({ keys });
}

/** Asks until the gate has looked at its file, which it does once a second. */
async function askUntil(desk: TokenDesk, token: string, isDone: (status: number) => boolean) {
  for (let tries = 0; tries < 100; tries += 1) {
    const [answer] = await desk.send(bearer(token));
    if (answer !== undefined && isDone(answer.status)) return answer.status;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return undefined;
}

describe("keys in a file", () => {
  it("are read again when it is replaced: new ones are accepted, and those that left are not", async () => {
    const desk = await openDesk({ policy, files: { "keys.json": set(old.jwk) } });
    const tokens = [forge(old), forge(next)] as const;
    const before = await desk.send(...tokens.map(bearer));
    expect(before.map(({ status }) => status)).toEqual([200, 401]);
    const path = join(desk.cwd, "keys.json");
    writeFileSync(`${path}.new`, set(next.jwk));
    renameSync(`${path}.new`, path);
    expect(await askUntil(desk, tokens[1], (status) => status === 200)).toBe(200);
    const [after] = await desk.send(bearer(tokens[0]));
    expect(after?.status).toBe(401);
    await desk.close();
    expect(desk.errors).toEqual([]);
  });

  it("stay where the new file cannot be used, and `onError` is told why, once", async () => {
    const desk = await openDesk({ policy, files: { "keys.json": set(old.jwk) } });
    writeFileSync(join(desk.cwd, "keys.json"), "{ broken");
    for (let tries = 0; tries < 100 && desk.errors.length === 0; tries += 1) {
      await desk.send(bearer(forge(old)));
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await new Promise((resolve) => setTimeout(resolve, 1100));
    await desk.send(bearer(forge(old)));
    const outcomes = await desk.close();
    expect(outcomes.every(({ status }) => status === 200)).toBe(true);
    expect(desk.errors.map((error) => Object(error).message)).toEqual([
      "the keys of issuer `desk` (file `keys.json`) cannot be read: no JWK, JWKS or PEM",
    ]);
  });
});
