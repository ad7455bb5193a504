/** What the functions of one file have in common: names from the runtime, and values made once. */
export interface Printer {
  readonly used: ReadonlySet<string>;
  readonly usedTypes: ReadonlySet<string>;
  readonly hoisted: readonly string[];
  /** A function of the runtime; it is imported. */
  readonly use: (name: RuntimeName) => string;
  readonly useType: (name: string) => string;
  /** A constant of the file, made once for each different value. */
  readonly hoist: (kind: string, value: string) => string;
  /** A variable name as close to this one as can be. */
  readonly nameFor: (name: string, within?: ReadonlySet<string>) => string;
}

/** What generated conditions take from the runtime. None of these names is given to a variable. */
const runtimeNames = [
  "addDurations",
  "addInt",
  "addToTimestamp",
  "addUint",
  "allAbsorbing",
  "andAbsorbing",
  "boolOfText",
  "boxValue",
  "boxedMap",
  "bytesOfText",
  "calendarPart",
  "callDynamic",
  "compareBytes",
  "compareText",
  "createCall",
  "createConvert",
  "createMatcher",
  "createReader",
  "divideInt",
  "divideUint",
  "doubleOfText",
  "durationBetween",
  "durationOfMillis",
  "durationOfText",
  "entryAt",
  "existsAbsorbing",
  "existsOne",
  "fail",
  "fromBase64",
  "hasKey",
  "intOfDouble",
  "intOfText",
  "intOfUint",
  "itemAt",
  "joinBytes",
  "multiplyInt",
  "multiplyUint",
  "negateInt",
  "orAbsorbing",
  "partOfDuration",
  "plainMap",
  "record",
  "remainderInt",
  "remainderUint",
  "required",
  "secondsOfTimestamp",
  "sizeOfText",
  "spend",
  "startSteps",
  "subtractInt",
  "subtractUint",
  "takeFromTimestamp",
  "textOfBytes",
  "textOfDouble",
  "textOfDuration",
  "textOfTimestamp",
  "timestampOfDate",
  "timestampOfInt",
  "timestampOfText",
  "toConditionError",
  "uintOfDouble",
  "uintOfInt",
  "uintOfText",
  "valueAt",
] as const;

export type RuntimeName = (typeof runtimeNames)[number];

export function isRuntimeName(name: string): name is RuntimeName {
  return runtimeNames.some((known) => known === name);
}

const words =
  "arguments async await break case catch class const continue debugger default delete do else enum eval export extends false finally for function get if implements import in instanceof interface let new null of package private protected public return set static super switch this throw true try type typeof undefined var void while with yield NaN Infinity Number String Object Pick error steps globalThis".split(
    " ",
  );

export function createPrinter(taken: readonly string[]): Printer {
  const used = new Set<string>();
  const usedTypes = new Set<string>();
  const hoisted: string[] = [];
  const names = new Map<string, string>();
  const reserved = new Set<string>([...words, ...runtimeNames, ...taken]);
  const isFree = (name: string, within?: ReadonlySet<string>) =>
    /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) &&
    !reserved.has(name) &&
    !within?.has(name) &&
    !/^(?:call|convert|read|bytes|matches|duration|moment)[0-9]+$/.test(name);
  return {
    used,
    usedTypes,
    hoisted,
    use(name) {
      used.add(name);
      return name;
    },
    useType(name) {
      usedTypes.add(name);
      return name;
    },
    hoist(kind, value) {
      const known = names.get(value);
      if (known !== undefined) return known;
      let name = `${kind}${names.size + 1}`;
      while (reserved.has(name)) name = `_${name}`;
      names.set(value, name);
      hoisted.push(`const ${name} = ${value};`);
      return name;
    },
    nameFor(name, within) {
      const plain = name.replaceAll(/[^A-Za-z0-9_]/g, "_");
      const start = /^[A-Za-z_]/.test(plain) ? plain : `_${plain}`;
      let free = start;
      for (let count = 2; !isFree(free, within); count += 1) free = `${start}_${count}`;
      return free;
    },
  };
}
