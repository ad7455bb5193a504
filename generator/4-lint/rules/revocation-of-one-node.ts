import type { Rule } from "../rule.js";

/** Why: a logout that other nodes do not hear of leaves an access token good on all of them. */
export const revocationOfOneNode: Rule = {
  name: "revocation-of-one-node",
  severity: "warning",
  *check({ sessions, revocation }) {
    const store = sessions?.store.kind;
    if (sessions === undefined || revocation?.store !== "memory") return;
    if (store !== "redis" && store !== "postgres") return;
    yield {
      at: sessions.at,
      message: `sessions are shared in \`${store}\`, and revocations are those of one node`,
      help: "write `revocation: { store: redis }`, so that a session that ends does so on every node",
    };
  },
};
