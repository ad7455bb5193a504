/** What a claim of an issuer's tokens must say, of its own type. */
export interface ClaimValue {
  readonly name: string;
  readonly value: string | number | boolean;
}
