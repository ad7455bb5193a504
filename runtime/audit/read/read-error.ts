/** What is named cannot be read as an audit log. */
export class AuditReadError extends Error {
  /** What to do about it. */
  readonly help: string | undefined;

  constructor(message: string, help?: string) {
    super(message);
    this.name = "AuditReadError";
    this.help = help;
  }
}
