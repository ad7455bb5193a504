import { createPrivateKey, sign } from "node:crypto";
import type { JsonWebKey } from "node:crypto";
import { createTokenVerifier } from "@gatewright/runtime/tokens";
import { CompactEncrypt } from "jose";
import { expect, it } from "vitest";
import { snapshotOf } from "../authenticate/token-desk.js";
import { NOW, claimsWith, encode } from "../authenticate/token-forge.js";
import type { Members } from "../authenticate/token-forge.js";
import { documentWith, ringOf, ringPolicy } from "../ring/ring-desk.js";

const document = documentWith(["Ed25519", "A256GCM"]);
const [signing, sealing] = document.entries;
const policy = ringPolicy("Ed25519", "from: application", ", encryption: A256GCM, dpop: allowed");

/** Signed, then encrypted, under the keys of the ring. */
async function nestedWith(claims: Members): Promise<string> {
  const key = createPrivateKey({ key: signing?.key as JsonWebKey, format: "jwk" });
  const header = { alg: "Ed25519", typ: "at+jwt", kid: signing?.id };
  const input = [header, claimsWith(claims)].map((part) => encode(JSON.stringify(part))).join(".");
  const jws = `${input}.${sign(null, Buffer.from(input), key).toString("base64url")}`;
  return new CompactEncrypt(Buffer.from(jws))
    .setProtectedHeader({
      alg: "dir",
      enc: "A256GCM",
      cty: "JWT",
      typ: "at+jwt",
      kid: String(sealing?.id),
    })
    .encrypt(Buffer.from(String(sealing?.key?.["k"]), "base64url"));
}

it("V23: outside of HTTP a nested token that is bound to a key is refused", async () => {
  const rings = { desk: ringOf(document) };
  const verify = createTokenVerifier(snapshotOf(policy), { rings, now: () => NOW * 1000 });
  expect((await verify(await nestedWith({}))).claims).toMatchObject({ jti: "t1" });
  const bound = await nestedWith({ cnf: { jkt: "a" } });
  await expect(verify(bound)).rejects.toThrow("claim:cnf");
});
