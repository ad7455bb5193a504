/** What a check against a JSON Schema says of one place, as ajv words it. */
export interface SchemaError {
  /** The keyword of JSON Schema that does not hold. */
  readonly keyword: string;
  /** JSON pointer (RFC 6901) into the file. */
  readonly instancePath: string;
  readonly params: Readonly<Record<string, unknown>>;
  /** Of a name that does not hold, the name. */
  readonly propertyName?: string;
  /** The schema of the place. */
  readonly parentSchema?: Readonly<Record<string, unknown>>;
}
