import type { Arguments, Command, Option } from "../command-line/command.js";
import { exitCode } from "../command-line/exit-code.js";
import type { ExitCode } from "../command-line/exit-code.js";
import { helpOption, jsonOption, policiesOption, valueOf } from "../command-line/options.js";
import { printReport } from "../command-line/print-report.js";
import type { Terminal } from "../command-line/terminal.js";
import { UsageError } from "../command-line/usage-error.js";
import type { FolderImport } from "../import/import-folder.js";

const nameOption: Option = {
  name: "name",
  value: "NAME",
  description:
    "names the import's files: by default as the last import of the file, or by its title",
};

const noServerPrefixOption: Option = {
  name: "no-server-prefix",
  description: "leave out the path of the document's first server",
};

const unsaidOption: Option = {
  name: "unsaid",
  value: "ACCESS",
  choices: ["public", "roles"],
  description:
    "what it means where the document says nothing on security: by default `public` where it " +
    "speaks of it elsewhere, else `roles`",
};

const dryRunOption: Option = {
  name: "dry-run",
  description: "say what would change, and write nothing",
};

export const importDocument: Command = {
  name: "import",
  description: [
    "Turns an OpenAPI 3.0 or 3.1 document, JSON or YAML, into policy files: routes, resources and " +
      "roles from its operations, tags and security requirements. What cannot be carried over is " +
      "listed, and denied.",
    "Imported again, the policy gets what changed in the document. What people changed stays; where " +
      "both changed the same, that is a conflict, and the people's version stays.",
  ],
  operands: ["openapi", "FILE"],
  options: [
    policiesOption,
    nameOption,
    noServerPrefixOption,
    unsaidOption,
    dryRunOption,
    jsonOption,
    helpOption,
  ],
  examples: [
    { line: "import openapi openapi.yaml", purpose: "into policies/" },
    { line: "import openapi openapi.yaml --dry-run", purpose: "what a new document would change" },
  ],
  exitCodes: [
    { code: exitCode.fine, meaning: "the policy says what the document and the people say" },
    {
      code: exitCode.fault,
      meaning: "a conflict, or a mistake in the document, the policy or the folder",
    },
    { code: exitCode.usage, meaning: "the command line is wrong" },
  ],
  run,
};

async function run(args: Arguments, terminal: Terminal): Promise<ExitCode> {
  const [kind, file = ""] = args.operands;
  if (kind !== "openapi") {
    throw new UsageError([
      { message: "only OpenAPI documents are imported", help: "write `import openapi FILE`" },
    ]);
  }
  const { importFolder } = await import("../import/import-folder.js");
  const isDryRun = args.options.has(dryRunOption.name);
  const result = await importFolder(file, {
    policies: valueOf(args, policiesOption),
    name: await readName(args),
    hasServerPrefix: !args.options.has(noServerPrefixOption.name),
    unsaid: (["public", "roles"] as const).find((access) => access === valueOf(args, unsaidOption)),
    isDryRun,
  });
  return printImport(result, { isDryRun, isJson: args.options.has(jsonOption.name), terminal });
}

async function readName(args: Arguments): Promise<string | undefined> {
  const name = args.options.get(nameOption.name)?.[0];
  const { isImportName } = await import("../import/openapi/default-name.js");
  if (name === undefined || isImportName(name)) return name;
  throw new UsageError([
    {
      message: "`--name` is no name",
      help: "a name is a letter, then up to 49 letters, digits, `_` or `-`",
    },
  ]);
}

interface Printing {
  readonly isDryRun: boolean;
  readonly isJson: boolean;
  readonly terminal: Terminal;
}

async function printImport(result: FolderImport, printing: Printing): Promise<ExitCode> {
  const { isDryRun, isJson, terminal } = printing;
  const format = isJson ? "json" : "text";
  const { diagnostics, sources, report, files } = result;
  if (report === undefined) {
    const [code, text] = [exitCode.fault, "nothing was written"];
    printReport(
      { command: "import", exitCode: code, diagnostics, sources, data: {}, text },
      format,
      terminal,
    );
    return code;
  }
  const { reportImport } = await import("../import/openapi/report-import.js");
  const { policyErrors, sources: after, ...said } = report;
  const faults = report.conflicts.length + policyErrors.length + diagnostics.length;
  const code = faults > 0 ? exitCode.fault : exitCode.fine;
  const listed = files.map(({ path, text }) => ({ path, isRemoved: text === undefined }));
  printReport(
    {
      command: "import",
      exitCode: code,
      diagnostics,
      sources: after,
      data: { ...said, files: listed, isDryRun },
      text: diagnostics.length > 0 ? partly : reportImport({ report, files, isDryRun }),
      summed: policyErrors,
    },
    format,
    terminal,
  );
  return code;
}

const partly = "not everything was written";
