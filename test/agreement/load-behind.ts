/** The parts of the runtime that the command line asks where more than roles decides. */
export async function loadBehind() {
  return {
    clauses: await import("@gatewright/runtime/abi/clauses"),
    conditions: await import("@gatewright/runtime/abi/conditions"),
    delegation: await import("@gatewright/runtime/abi/delegation"),
    requirements: await import("@gatewright/runtime/abi/requirements"),
    scopes: await import("@gatewright/runtime/abi/scopes"),
  };
}
