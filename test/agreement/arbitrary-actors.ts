import fc from "fast-check";

/** What a policy says under `principal.actor`; undefined where it says nothing, and takes no such token. */
export const arbitraryActorRule = fc.constantFrom<object | undefined>(
  undefined,
  {},
  {},
  { permissions: "subject" },
  { id: "client_id", roles: { claim: "grants", format: "space-separated" } },
);

/** The claim `act`, in a form that fits every one of these rules. */
export function arbitraryFittingAct(
  roleNames: readonly string[],
): fc.Arbitrary<Readonly<Record<string, unknown>>> {
  return fc
    .record({
      roles: fc.oneof(
        fc.subarray([...roleNames, "unknown"]),
        fc.constant<readonly string[]>([...roleNames]),
      ),
      iss: fc.constantFrom(undefined, undefined, "https://sts.example"),
      // Of a chain only the outermost actor counts.
      act: fc.constantFrom(undefined, undefined, { sub: "earlier", roles: ["r0"] }),
    })
    .map(({ roles, ...rest }) => {
      const more = Object.entries(rest).filter(([, value]) => value !== undefined);
      const names = { sub: "service", client_id: "service", grants: roles.join(" ") };
      return { ...names, roles, ...Object.fromEntries(more) };
    });
}

/** The same, left out of most tokens, and now and then one that no policy reads. */
export function arbitraryAct(roleNames: readonly string[]): fc.Arbitrary<unknown> {
  const misfits = [null, "service", ["service"], {}, { sub: "", client_id: "" }];
  const wrongRoles = { sub: "service", client_id: "service", roles: "r0", grants: ["r0"] };
  return fc.oneof(
    { weight: 20, arbitrary: fc.constant(undefined) },
    { weight: 6, arbitrary: arbitraryFittingAct(roleNames) },
    { weight: 1, arbitrary: fc.constantFrom<unknown>(...misfits, wrongRoles) },
  );
}
