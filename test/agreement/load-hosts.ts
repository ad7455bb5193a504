/** As generated code loads the part of the runtime that stands before handlers of a host. */
export const hosts = () => import("@gatewright/runtime/abi/hosts");
