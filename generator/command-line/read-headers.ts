import type { Arguments, Option } from "./command.js";
import { UsageError } from "./usage-error.js";

export const headerOption: Option = {
  name: "header",
  value: "LINE",
  isRepeatable: true,
  description: "a header of the request, as `name: value`, for conditions that read it",
};

export const ipOption: Option = {
  name: "ip",
  value: "ADDRESS",
  description: "the client's address, for conditions that read it",
};

/** A header as it was given, its name in lower case. */
export interface GivenHeader {
  readonly name: string;
  readonly value: string;
}

/** RFC 9110, section 5.6.2: what a name is spelt with. */
const LINE = /^([!#$%&'*+.^_`|~A-Za-z0-9-]+):(.*)$/s;

/** @throws UsageError for what is no header; it does not repeat it, since a value may be a secret. */
export function readHeaders(args: Arguments): readonly GivenHeader[] {
  const lines = args.options.get(headerOption.name) ?? [];
  return lines.map((line, index) => {
    const [, name, value] = LINE.exec(line) ?? [];
    if (name === undefined || value === undefined) {
      const message = `\`--header\` number ${index + 1} is not \`name: value\``;
      throw new UsageError([{ message, help: "write it like `--header 'x-desk: north'`" }]);
    }
    return { name: name.toLowerCase(), value: value.trim() };
  });
}

/** Undefined where it is not said. */
export function readAddress(args: Arguments): string | undefined {
  return args.options.get(ipOption.name)?.[0];
}
