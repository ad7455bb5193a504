import { constants, sign } from "node:crypto";
import { describe, expect, it } from "vitest";
import { issuerPolicy, openDesk, snapshotOf } from "../../runtime/authenticate/token-desk.js";
import {
  AUDIENCE,
  ISSUER,
  claimsWith,
  encode,
  forge,
  secretSigner,
  signParts,
} from "../../runtime/authenticate/token-forge.js";
import type { Members, Signer } from "../../runtime/authenticate/token-forge.js";
import { deskFor, ec, ed, headed, rsa, secret, verdicts, verdictsOnce } from "./verdicts.js";

// The statements V6 to V9, and the attacks by `alg`: which algorithm verifies is for the policy to say.

const claims = encode(JSON.stringify(claimsWith()));
const signers = [rsa, ec, ed, secret];

describe("V6 an `alg` that is not on the list of the issuer and key", () => {
  const names = [
    "hs256",
    "HS256 ",
    "HS384",
    "RS384",
    "PS256",
    "ES384",
    "ES256K",
    "EdDSA",
    "Ed448",
    "",
  ];

  it.each(signers)("is refused where the key is for $algorithm", async (signer) => {
    const tokens = names.map((alg) => forge(signer, { header: { alg } }));
    expect(await verdictsOnce(deskFor(signer), tokens)).toEqual(["401 algorithm"]);
  });

  it("never falls through to another issuer, though that one has the algorithm and the key", async () => {
    const other = "https://other.example";
    const keys = `audience: ${AUDIENCE}, keys: { environment: KEYS }`;
    const policy = `
tokens:
  desk: { issuer: "${ISSUER}", algorithms: [RS256], ${keys} }
  other: { issuer: "${other}", algorithms: [ES256], ${keys} }
`;
    const environment = { KEYS: JSON.stringify({ keys: [rsa.jwk, ec.jwk] }) };
    const tokens = [forge(ec), forge(rsa), forge(ec, { claims: { iss: other } })];
    expect(await verdicts({ policy, environment }, tokens)).toEqual([
      "401 algorithm",
      "200",
      "200",
    ]);
  });

  it("`none` cannot be put on a list", () => {
    expect(() => snapshotOf(issuerPolicy("none"))).toThrow("unknown algorithm `none`");
    expect(() => snapshotOf(issuerPolicy("ES256, none"))).toThrow("unknown algorithm `none`");
  });
});

const errorFor = async (policy: string, ...keys: readonly unknown[]) => {
  const environment = { KEYS: JSON.stringify({ keys }) };
  return openDesk({ policy, environment }).then(
    async (desk) => String((await desk.close()).length),
    (error: unknown) => String(error),
  );
};

describe("V7 one key, one algorithm", () => {
  it.each<readonly [string, Members]>([
    ["use", { use: "enc" }],
    ["key_ops", { key_ops: ["sign"] }],
    ["alg", { alg: "ES384" }],
    ["crv", { crv: "P-384" }],
    ["kty", { kty: "RSA" }],
  ])("a key that is for something else by its `%s` serves nothing", async (_, members) => {
    const error = await errorFor(issuerPolicy("ES256"), { ...ec.jwk, ...members });
    expect(error).toMatch(/hold none for ES256/);
  });

  it("symmetric and asymmetric keys never share a set, nor a list of algorithms", async () => {
    expect(await errorFor(issuerPolicy("ES256"), ec.jwk, secret.jwk)).toMatch(/shared secret/);
    expect(await errorFor(issuerPolicy("HS256"), secret.jwk, ec.jwk)).toMatch(/public key/);
    expect(() => snapshotOf(issuerPolicy("HS256, ES256"))).toThrow("mixed-algorithms");
  });

  it("the header must name the algorithm of the key that its `kid` names", async () => {
    const named = {
      keys: [
        { ...rsa.jwk, kid: "r" },
        { ...ec.jwk, kid: "e" },
      ],
    };
    const desk = {
      policy: issuerPolicy("RS256, ES256"),
      environment: { KEYS: JSON.stringify(named) },
    };
    const tokens = [
      forge(rsa, { header: { kid: "r" } }),
      forge(rsa, { header: { kid: "e" } }),
      forge(ec, { header: { kid: "r" } }),
    ];
    expect(await verdicts(desk, tokens)).toEqual(["200", "401 key", "401 key"]);
  });
});

describe("V8 `crit`, and attack: crit", () => {
  const headers: readonly Members[] = [
    { crit: ["x"] },
    { crit: ["x"], x: 1 },
    { crit: [] },
    { crit: "exp" },
    { crit: ["alg"] },
    { crit: ["b64", "b64"], b64: true },
    { crit: ["exp"] },
    { crit: null },
    { crit: {} },
  ];

  it.each(headers)("is refused, since nothing is understood: %j", async (header) => {
    expect(await verdicts(deskFor(ec), [forge(ec, { header })])).toEqual(["401 header"]);
  });
});

describe("V9 `b64` in any form, and attack: b64=false", () => {
  it("is refused", async () => {
    const headers = [
      { b64: true },
      { b64: false },
      { b64: "false" },
      { b64: null },
      { b64: false, crit: ["b64"] },
      { b64: true, crit: ["b64"] },
    ];
    const tokens = headers.map((header) => forge(ec, { header }));
    expect(await verdictsOnce(deskFor(ec), tokens)).toEqual(["401 header"]);
  });

  it("a raw payload with a dot", async () => {
    const raw = JSON.stringify(claimsWith({ note: "a.b" })).replaceAll(/[",]/g, "");
    const token = signParts(ec, headed({ alg: "ES256", b64: false, crit: ["b64"] }), raw);
    expect(await verdicts(deskFor(ec), [token])).toEqual(["401 malformed"]);
  });
});

describe("attack: alg none", () => {
  const names = ["none", "None", "nOnE", "none ", null, ["RS256"], undefined];

  it.each(signers)(
    "every spelling and signature, where the key is for $algorithm",
    async (signer) => {
      const tokens = names.flatMap((alg) => {
        const header = headed({ alg });
        const junk = ["", "AAAA", encode(signer.signatureOf("junk"))];
        const signed = signParts(signer, header, claims);
        return [`${header}.${claims}`, signed, ...junk.map((end) => `${header}.${claims}.${end}`)];
      });
      expect(await verdictsOnce(deskFor(signer), tokens)).toEqual([
        "401 algorithm",
        "401 malformed",
      ]);
    },
  );
});

const publics = (signer: Signer) => {
  const pem = String(signer.publicKey?.export({ type: "spki", format: "pem" }));
  const der = signer.publicKey?.export({ type: "spki", format: "der" }) ?? Buffer.alloc(0);
  const jwk = JSON.stringify(signer.jwk);
  return [pem, pem.trim(), `\n${pem}`, `\u00a0${pem}`, `# key\n${pem}`, der, jwk];
};

describe("attack: key confusion", () => {
  it.each([rsa, ec, ed])("an HMAC keyed with the public key for $algorithm", async (signer) => {
    const forgers = publics(signer).map((text) => secretSigner(Buffer.from(text)));
    const tokens = forgers.flatMap((forger) => [
      forge(forger),
      forge(forger, { header: { alg: signer.algorithm } }),
    ]);
    const refused = ["401 algorithm", "401 signature"];
    expect(await verdictsOnce(deskFor(signer), tokens)).toEqual(refused);
  });

  it.each([rsa, ec, ed])("a public key for $algorithm given as a secret", async (signer) => {
    for (const text of publics(signer)) {
      const given = typeof text === "string" ? text : text.toString("base64url");
      const opened = openDesk({ policy: issuerPolicy("HS256"), environment: { KEYS: given } });
      await expect(opened).rejects.toThrow(/hold a (public key|weak key)/);
    }
  });
});

describe("attack: alg/curve swap", () => {
  it("another name for the same key", async () => {
    const header = headed({ alg: "PS256" });
    const key = rsa.privateKey ?? "";
    const pss = sign("sha256", Buffer.from(`${header}.${claims}`), {
      key: String(typeof key === "string" ? key : key.export({ type: "pkcs8", format: "pem" })),
      padding: constants.RSA_PKCS1_PSS_PADDING,
      saltLength: 32,
    });
    const swapped = [
      forge(rsa, { header: { alg: "PS256" } }),
      `${header}.${claims}.${encode(pss)}`,
    ];
    expect(await verdictsOnce(deskFor(rsa), swapped)).toEqual(["401 algorithm"]);
    const curves = ["ES256K", "ES384"].map((alg) => forge(ec, { header: { alg } }));
    expect(await verdictsOnce(deskFor(ec), curves)).toEqual(["401 algorithm"]);
  });

  it("`EdDSA` where `Ed25519` is configured, unless the policy lists the alias", async () => {
    const tokens = ["EdDSA", "Ed25519"].map((alg) => forge(ed, { header: { alg } }));
    expect(await verdicts(deskFor(ed), tokens)).toEqual(["401 algorithm", "200"]);
    expect(await verdicts(deskFor(ed, "", "EdDSA"), tokens)).toEqual(["200", "401 algorithm"]);
    expect(await verdicts(deskFor(ed, "", "EdDSA, Ed25519"), tokens)).toEqual(["200", "200"]);
  });
});
