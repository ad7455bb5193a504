import type { RingDocument } from "./ring-document.js";

/** A `kid` of a sliced ring: `<id of the master>.h<number of the slice>`, in the one spelling that it has. */
const SLICE_KID = /^([A-Za-z0-9_-]{1,16})\.h(0|[1-9][0-9]{0,14})$/;

export interface SliceName {
  readonly ring: string;
  readonly slice: number;
}

export function readSliceKid(kid: string): SliceName | undefined {
  const [, ring, digits] = SLICE_KID.exec(kid) ?? [];
  return ring === undefined ? undefined : { ring, slice: Number(digits) };
}

export function printSliceKid({ ring, slice }: SliceName): string {
  return `${ring}.h${slice}`;
}

/** The slice at a time in seconds since the epoch. */
export function sliceAt(seconds: number, { sliceSeconds }: RingDocument): number {
  return Math.floor(seconds / sliceSeconds);
}

/** Whether a token of a slice can be alive, by the verifier's own clock: nothing else is derived. */
export function isInWindow(slice: number, seconds: number, document: RingDocument): boolean {
  const { maxLifetimeSeconds, clockToleranceSeconds } = document;
  const first = sliceAt(seconds - maxLifetimeSeconds - clockToleranceSeconds, document);
  return slice >= first && slice <= sliceAt(seconds + clockToleranceSeconds, document);
}
