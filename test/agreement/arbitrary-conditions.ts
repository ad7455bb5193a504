import fc from "fast-check";

/** An expression and what it takes to stand somewhere. */
interface Atom {
  readonly text: string;
  readonly needs: "nothing" | "resource" | "params";
  /** Whether it can be left undecided. */
  readonly fails?: true;
}

const anywhere: readonly Atom[] = [
  "principal.id == 'ann'",
  "'r1' in principal.roles",
  "has(principal.tenant) && principal.tenant == 'north'",
  "!has(principal.tenant)",
  "principal.issuer == 'https://issuer.example'",
  "has(principal.claims.level) && principal.claims.level > 2",
  "principal.claims.home.startsWith('a')",
  "'a' in principal.scopes || 'b' in principal.scopes",
  "request.method == 'GET'",
  "request.path.endsWith('7')",
  "request.time < timestamp('2026-11-27T12:00:00Z')",
  "has(request.ip) && request.ip == '127.0.0.1'",
  "has(request.headers.desk) && request.headers.desk == principal.id",
  "!has(request.query.draft) || request.query.draft == 'yes'",
].map((text) => ({ text, needs: "nothing" }));

const undecided: readonly Atom[] = [
  { text: "principal.roles[1] == 'r2'", needs: "nothing", fails: true },
  { text: "resource.tags[0] == 'a'", needs: "resource", fails: true },
  { text: "resource.tags[1] == 'b' || resource.locked", needs: "resource", fails: true },
  { text: "10 / size(resource.tags) > 3", needs: "resource", fails: true },
];

const aboutOrders: readonly Atom[] = [
  "resource.ownerId == principal.id",
  "resource.total < 100.0",
  "resource.locked",
  "has(resource.note) && resource.note == 'x'",
  "resource.tags.exists(tag, tag == principal.id)",
  "has(principal.tenant) && principal.tenant != resource.desk",
].map((text) => ({ text, needs: "resource" }));

const params: readonly Atom[] = [{ text: "request.params.id > 5", needs: "params" }];

const named: readonly Atom[] = [
  { text: "is-owner", needs: "resource" },
  { text: "from-desk", needs: "nothing" },
  { text: "first-tag", needs: "resource", fails: true },
];

/** The named conditions of every random policy. */
export const namedConditions = {
  "is-owner": { resource: "orders", when: "resource.ownerId == principal.id" },
  "from-desk": "has(request.headers.desk)",
  "first-tag": { resource: "orders", when: "resource.tags[0] == principal.id" },
};

/** What of a place decides which conditions may stand there. */
export interface Place {
  readonly resource: boolean;
  readonly params: boolean;
}

/** A `when`, and whether it can be left undecided. */
export interface RandomWhen {
  readonly when: string | readonly string[];
  readonly fails: boolean;
}

export function arbitraryWhen(place: Place): fc.Arbitrary<RandomWhen> {
  const fitting = ({ needs }: Atom) => needs === "nothing" || place[needs];
  const atoms = [
    ...anywhere,
    ...[...aboutOrders, ...aboutOrders, ...undecided, ...params].filter(fitting),
  ];
  const atom = fc.constantFrom(...atoms);
  const joined = fc
    .tuple(atom, fc.constantFrom("&&", "||"), atom, fc.boolean())
    .map(([left, operator, right, isNegated]): Atom => {
      const text = `${isNegated ? "!" : ""}(${left.text}) ${operator} (${right.text})`;
      return { text, needs: "nothing", ...(left.fails || right.fails ? { fails: true } : {}) };
    });
  const whole = fc.oneof(
    { weight: 4, arbitrary: atom },
    { weight: 3, arbitrary: joined },
    { weight: 1, arbitrary: fc.constantFrom(...named.filter(fitting)) },
  );
  return fc.oneof(
    {
      weight: 3,
      arbitrary: whole.map(({ text, fails }) => ({ when: text, fails: fails === true })),
    },
    {
      weight: 1,
      arbitrary: fc.array(whole, { minLength: 1, maxLength: 3 }).map((all) => ({
        when: all.map(({ text }) => text),
        fails: all.some(({ fails }) => fails),
      })),
    },
  );
}
