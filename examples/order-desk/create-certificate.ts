import { generate } from "selfsigned";

export interface Certificate {
  /** Both are PEM. */
  readonly key: string;
  readonly cert: string;
}

const DAYS = 24 * 60 * 60 * 1000;

/** A certificate to try out on this machine with: nobody vouches for it, and it is gone with the process. */
export async function createCertificate(): Promise<Certificate> {
  const { private: key, cert } = await generate([{ name: "commonName", value: "localhost" }], {
    keyType: "ec",
    curve: "P-256",
    algorithm: "sha256",
    notAfterDate: new Date(Date.now() + 30 * DAYS),
    extensions: [
      { name: "basicConstraints", cA: false, critical: true },
      { name: "keyUsage", digitalSignature: true, critical: true },
      { name: "extKeyUsage", serverAuth: true },
      {
        name: "subjectAltName",
        altNames: [
          { type: 2, value: "localhost" },
          { type: 7, ip: "127.0.0.1" },
        ],
      },
    ],
  });
  return { key, cert };
}
