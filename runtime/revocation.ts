import type { CheckPart } from "./credentials.js";
import { GateError } from "./gate-error.js";
import { refuse } from "./tokens/verification.js";

/** `revocation`: refuses what the application's `revocations` name, whichever strategy accepted it. */
export const revocation: CheckPart = ({ source }, { revocations }) => {
  if (source.revocation === undefined && revocations === undefined) return () => undefined;
  if (revocations === undefined) {
    const message = "the policy lets tokens be revoked: pass `revocations`";
    throw new GateError("configuration-invalid", message);
  }
  const { settings, check } = revocations.view;
  if (JSON.stringify(settings) !== JSON.stringify(source.revocation)) {
    const message = "`revocations` are those of a policy with another `revocation`: restart";
    throw new GateError("configuration-invalid", message);
  }
  return (verified, _, now) => {
    const isAllowed = check(verified, now);
    if (isAllowed === true) return undefined;
    return isAllowed === false ? revoked : isAllowed.then((is) => (is ? undefined : revoked));
  };
};

const revoked = refuse("revoked");
