import type { SerializedSnapshot } from "@gatewright/runtime/abi";
import type { MaskModel } from "../../3-model/audit-events-model.js";
import { comment } from "../comment.js";
import { jsonLiteral, literal } from "../literal.js";

type Schema = NonNullable<SerializedSnapshot["auditSchema"]>;
type Event = Schema["events"][number];
type Field = Event["fields"][number];

/**
 * Straight-line code for each event: it reads the fields, sees that they fit, and joins them. Whatever is out of the
 * ordinary is left to the runtime, with the values that were read.
 */
export function printAuditWriters({ events, masks }: Schema): readonly string[] {
  return [
    ...events.flatMap((event, index) => printWriter(event, `event${index}`, masks)),
    "/** The events of the snapshot, in its order. */",
    "export const compiled: CompiledEvents = {",
    "  digest: snapshot.digest,",
    `  events: [${events.map((_, index) => `event${index}`).join(", ")}],`,
    "};",
  ];
}

/** What the code of these events imports of the runtime. */
export function auditHelpers({ events }: Schema): readonly string[] {
  const fields = events.flatMap((event) => event.fields);
  const lists = fields.filter(({ type }) => type === "list<string>");
  const shows = (type: Field["type"]) => fields.some((field) => isShown(field, type));
  return [
    ...(lists.length > 0 ? ["copyList"] : []),
    ...(shows("double") ? ["doubleText"] : []),
    ...(shows("int") ? ["intText"] : []),
    ...(lists.length > 0 ? ["isTextList"] : []),
    ...(shows("list<string>") ? ["plainListJson", "textOf"] : []),
  ];
}

/** Of these, most values have a short cut: a guess that is right costs less, and one that is not changes nothing. */
const SHORTENED: ReadonlySet<MaskModel["method"]> = new Set([
  "card",
  "email",
  "ip",
  "name",
  "phone",
]);

function printWriter(event: Event, name: string, masks: Schema["masks"]): readonly string[] {
  const { fields, at, type } = event;
  const note = `/** ${comment(at)} ${comment(type)} */`;
  if (fields.length === 0) return [note, `const ${name}: CompiledEvent = () => () => "{}";`, ""];
  const isShortened = (field: Field): boolean => {
    const method = masks[field.mask]?.options.method;
    return field.type === "string" && method !== undefined && SHORTENED.has(method);
  };
  const isMasked = (field: Field): boolean => field.mask !== -1 && !isShortened(field);
  const used = [
    ...(fields.some(isLookedThrough) ? ["isPlain"] : []),
    ...(fields.some(isMasked) ? ["masked"] : []),
    ...(fields.some(isShortened) ? ["shortCut"] : []),
  ];
  const argument = used.length === 0 ? "()" : `({ ${used.join(", ")} })`;
  const parameters = fields.some(isMasked) ? "(fields, context)" : "(fields)";
  const indexed = fields.map((field, index) => ({ field, index }));
  const shortened = indexed.filter(({ field }) => isShortened(field));
  const tests = [
    ...indexed.flatMap(({ field, index }) => printFit(field, `v${index}`)),
    ...shortened.map(({ field, index }) => {
      const short = `(s${index} = short${index}(v${index})) !== undefined`;
      return field.optional ? `(v${index} === undefined || ${short})` : short;
    }),
    ...printPlain(indexed),
  ];
  return [
    note,
    `const ${name}: CompiledEvent = ${argument} => {`,
    ...indexed.flatMap(({ field, index }) => {
      if (isShortened(field)) return [`  const short${index} = shortCut(${index});`];
      return isMasked(field) ? [`  const mask${index} = masked(${index});`] : [];
    }),
    `  return ${parameters} => {`,
    "    let at = 0;",
    ...indexed.map(({ index }) => `    let v${index}: unknown;`),
    ...shortened.map(({ index }) => `    let s${index}: string | undefined;`),
    "    try {",
    ...indexed.flatMap(({ field, index }) => {
      const read = `fields[${literal(field.name)}]`;
      const value = field.type === "list<string>" ? `copyList(${read})` : read;
      const next = index + 1 < fields.length ? [`      at = ${index + 1};`] : [];
      return [`      v${index} = ${value};`, ...next];
    }),
    "    } catch {",
    "      return at;",
    "    }",
    ...printIf(tests),
    ...printReturn(indexed.map((entry) => memberOf(entry, isShortened(entry.field)))),
    "    }",
    `    return [${fields.map((_, index) => `v${index}`).join(", ")}];`,
    "  };",
    "};",
    "",
  ];
}

function isLookedThrough(field: Field): boolean {
  return isShown(field, "string") || isShown(field, "list<string>");
}

function isShown(field: Field, type: Field["type"]): boolean {
  return field.mask === -1 && field.type === type;
}

function printFit({ type, optional, maxLength }: Field, value: string): readonly string[] {
  const fits = fitsOf(type, maxLength, value);
  if (!optional) return fits;
  const fit = fits.length === 1 ? fits.join("") : `(${fits.join(" && ")})`;
  return [`(${value} === undefined || ${fit})`];
}

function fitsOf(type: Field["type"], maxLength: number, value: string): readonly string[] {
  if (type === "string") return [`typeof ${value} === "string"`, `${value}.length <= ${maxLength}`];
  if (type === "int") return [`typeof ${value} === "number"`, `Number.isSafeInteger(${value})`];
  if (type === "double") return [`typeof ${value} === "number"`, `Number.isFinite(${value})`];
  if (type === "bool") return [`typeof ${value} === "boolean"`];
  return [`isTextList(${value}, ${maxLength})`];
}

/** As a formatter would break it, and so is what follows. */
function printIf(tests: readonly string[]): readonly string[] {
  const line = `    if (${tests.join(" && ")}) {`;
  if (line.length <= LINE_WIDTH && !line.includes("\n")) return [line];
  const last = tests.length - 1;
  return [
    "    if (",
    ...tests.map((test, index) => `      ${test}${index < last ? " &&" : ""}`),
    "    ) {",
  ];
}

const LINE_WIDTH = 100;

interface Indexed {
  readonly field: Field;
  readonly index: number;
}

/** All texts in one look: a look at each takes longer than to join them (measured, 0.3 of `JSON.stringify`). */
function printPlain(indexed: readonly Indexed[]): readonly string[] {
  const texts = indexed
    .filter(({ field }) => isLookedThrough(field))
    .map(({ field: { optional, type }, index }) => {
      const value = `v${index}`;
      if (type === "string") return optional ? `(${value} ?? "")` : value;
      return `textOf(${value}${optional ? " ?? []" : ""})`;
    });
  if (texts.length === 0) return [];
  const call = `isPlain(${texts.join(" + ")})`;
  // Six before it, three behind it.
  if (call.length <= LINE_WIDTH - 9) return [call];
  const argument = `        ${texts.join(" + ")},`;
  const broken = `        ${texts.join(" +\n          ")},`;
  return [`isPlain(\n${argument.length <= LINE_WIDTH ? argument : broken}\n      )`];
}

/** A member of the object: its value and what stands around it. */
interface Member {
  readonly key: string;
  readonly value: string;
  readonly quote: "" | '"';
  /** What is undefined where the member is left out. */
  readonly absent: string | undefined;
}

function memberOf({ field, index }: Indexed, isShortened: boolean): Member {
  const { mask, name, optional, type } = field;
  const key = `${JSON.stringify(name)}:`;
  const absent = optional ? `v${index}` : undefined;
  if (isShortened) return { key, value: `s${index}`, quote: '"', absent };
  if (mask !== -1) return { key, value: `mask${index}(v${index}, context)`, quote: "", absent };
  if (type === "list<string>") return { key, value: `plainListJson(v${index})`, quote: "", absent };
  return { key, value: textOf(type, `v${index}`), quote: type === "string" ? '"' : "", absent };
}

/** Of a number or a truth, a text is joined faster than what is made one by joining it. */
function textOf(type: Field["type"], value: string): string {
  if (type === "int") return `intText(${value})`;
  if (type === "double") return `doubleText(${value})`;
  return type === "bool" ? `(${value} ? "true" : "false")` : value;
}

/** A comma stands behind each member up to the first that is always there, and before each from then on. */
function printReturn(members: readonly Member[]): readonly string[] {
  const certain = members.findIndex(({ absent }) => absent === undefined);
  const isOpen = certain === -1;
  const terms: string[] = [];
  let text = isOpen ? "" : "{";
  const flush = () => {
    if (text !== "") terms.push(jsonLiteral(text));
    text = "";
  };
  for (const [index, { key, value, quote, absent }] of members.entries()) {
    const before = `${isOpen || index > certain ? "," : ""}${key}${quote}`;
    const after = `${quote}${index < certain ? "," : ""}`;
    if (absent === undefined) {
      text += before;
      flush();
      terms.push(value);
      text = after;
    } else {
      flush();
      const tail = after === "" ? "" : ` + ${jsonLiteral(after)}`;
      terms.push(`(${absent} === undefined ? "" : ${jsonLiteral(before)} + ${value}${tail})`);
    }
  }
  if (!isOpen) text += "}";
  flush();
  const lines = terms.map(
    (term, index) => `        ${term}${index + 1 < terms.length ? " +" : ""}`,
  );
  if (isOpen) {
    return [
      '      let members = "";',
      ...terms.map((term) => `      members += ${term.replace(/^\((.*)\)$/s, "$1")};`),
      '      return "{" + members.slice(1) + "}";',
    ];
  }
  const line = `      return ${terms.join(" + ")};`;
  return line.length <= LINE_WIDTH ? [line] : ["      return (", ...lines, "      );"];
}
