/**
 * For tests of an application: callers that its real gate lets in, from an issuer that lives as long as the
 * test. It takes the place of every switch that turns a gate off. Loading it where `NODE_ENV` is
 * `production` throws.
 *
 * @module
 */
import { GateError } from "./gate-error.js";

export { createTestIssuer } from "./testing/create-test-issuer.js";
export type { TestCaller, TestIssuer, TestPrincipal } from "./testing/create-test-issuer.js";

if (process.env["NODE_ENV"] === "production") {
  const message = "@gatewright/runtime/testing does not load in production: it signs tokens";
  throw new GateError("configuration-invalid", message);
}
