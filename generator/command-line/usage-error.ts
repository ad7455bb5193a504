/** One thing that is wrong with a command line; wording as in diagnostics. */
export interface UsageMistake {
  readonly message: string;
  readonly help?: string | undefined;
}

/** The command line cannot be followed; nothing was done. */
export class UsageError extends Error {
  readonly mistakes: readonly UsageMistake[];

  constructor(mistakes: readonly UsageMistake[]) {
    super(mistakes.map(({ message }) => message).join("; "));
    this.name = "UsageError";
    this.mistakes = mistakes;
  }
}
