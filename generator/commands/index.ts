import type { CommandEntry } from "../command-line/command.js";

/** To add a command, write its file here and a line below. A command is loaded when it is asked for. */
export const commands: readonly CommandEntry[] = [
  {
    name: "build",
    summary: "compile the policy and write the output folder",
    load: async () => (await import("./build.js")).build,
  },
  {
    name: "check",
    summary: "find out, without writing, whether the output folder fits the policy",
    load: async () => (await import("./check.js")).check,
  },
  {
    name: "watch",
    summary: "build whenever a policy file changes",
    load: async () => (await import("./watch.js")).watch,
  },
  {
    name: "lint",
    summary: "report every mistake and every doubt in the policy",
    load: async () => (await import("./lint.js")).lint,
  },
  {
    name: "explain",
    summary: "decide one request as the gate would, and say why",
    load: async () => (await import("./explain.js")).explain,
  },
  {
    name: "who-can",
    summary: "list the roles that may send one request",
    load: async () => (await import("./who-can.js")).whoCan,
  },
  {
    name: "register",
    summary: "print what the audit log does with personal data",
    load: async () => (await import("./register.js")).register,
  },
  {
    name: "import",
    summary: "turn an OpenAPI document into policy files",
    load: async () => (await import("./import.js")).importDocument,
  },
  {
    name: "keys",
    summary: "make, rotate and end the keys that sign tokens",
    load: async () => (await import("./keys.js")).keys,
  },
  {
    name: "token",
    summary: "issue, inspect and verify an access token",
    load: async () => (await import("./token.js")).token,
  },
  {
    name: "audit",
    summary: "read, verify and export what the audit log holds",
    load: async () => (await import("./audit.js")).audit,
  },
];
