import { reportFormats } from "../diagnostics/report.js";
import type { ReportFormat } from "../diagnostics/report.js";
import type { Arguments, Option } from "./command.js";
import { UsageError } from "./usage-error.js";

export const policiesOption: Option = {
  name: "policies",
  value: "DIR",
  fallback: "policies",
  description: "the folder of the policy files",
};

export const outOption: Option = {
  name: "out",
  value: "DIR",
  fallback: "generated",
  description: "the folder of the generated files",
};

export const formatOption: Option = {
  name: "format",
  value: "FORMAT",
  choices: reportFormats,
  fallback: "text",
  description: "how to print what is found",
};

export const jsonOption: Option = { name: "json", description: "print one JSON object" };

export const helpOption: Option = { name: "help", short: "h", description: "show this" };

/** The value of an option that is given at most once, or what stands for it. */
export function valueOf(args: Arguments, option: Option): string {
  return args.options.get(option.name)?.[0] ?? option.fallback ?? "";
}

/** @throws UsageError where `--json` and `--format` want two things */
export function formatOf(args: Arguments): ReportFormat {
  const wanted = args.options.get(formatOption.name)?.[0];
  const isJson = args.options.has(jsonOption.name);
  if (isJson && wanted !== undefined && wanted !== "json") {
    throw new UsageError([
      {
        message: `\`--json\` and \`--format ${wanted}\` want two formats`,
        help: "keep one of them",
      },
    ]);
  }
  return isJson ? "json" : (reportFormats.find((format) => format === wanted) ?? "text");
}
