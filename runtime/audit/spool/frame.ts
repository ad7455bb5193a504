import { crc32c } from "./crc32c.js";

/**
 * What a frame holds. Only events have a number of their own; the others are written between them
 * and are leaves of the same tree.
 */
export const kinds = {
  segment: 1,
  event: 2,
  gap: 3,
  checkpoint: 4,
  clock: 5,
  alert: 6,
  release: 7,
} as const;

export type Kind = keyof typeof kinds;

/*
 * magic 4 | CRC-32C 4 | payload length 4 | epoch 4 | sequence 8 | kind 1 | category length 1 | id length 2
 * then the payload: category, id, line (UTF-8). Numbers are little-endian; the CRC covers all after it.
 */
export const HEADER_BYTES = 28;
/** No payload is longer; a length above it is a damaged frame. */
export const MAX_PAYLOAD = 16 * 1024 * 1024;

/**
 * The zero is the prefix that RFC 9162, section 2.1.1, hashes before a leaf, so that a frame is hashed
 * where it lies. 0xF5 is in no UTF-8 text: no payload can hold a frame, whoever wrote it.
 */
const magic = Buffer.from([0x00, 0xf5, 0x47, 0x57]);
const MAGIC = magic.readUInt32LE(0);

export interface FrameFields {
  readonly kind: Kind;
  readonly epoch: number;
  readonly sequence: number;
  readonly category: string;
  readonly id: string;
  readonly line: string;
}

/** Where a valid frame lies in the bytes that hold it. */
export interface FrameAt {
  readonly from: number;
  readonly to: number;
  readonly kind: Kind;
  readonly epoch: number;
  readonly sequence: number;
}

/** Bytes that are no valid frame; a tail where no valid frame follows. */
export type Damage = Lost<"damage"> | Lost<"tail">;

interface Lost<Kind> {
  readonly from: number;
  readonly to: number;
  readonly kind: Kind;
}

/** No frame of these is longer: a UTF-16 unit takes at most three bytes of UTF-8. */
export function frameBound({ category, id, line }: Pick<FrameFields, "category" | "id" | "line">) {
  return HEADER_BYTES + 3 * (category.length + id.length + line.length);
}

/** Writes a frame and tells where it ends; the buffer has {@link frameBound} bytes left. */
export function writeFrame(buffer: Buffer, at: number, fields: FrameFields): number {
  const start = at + HEADER_BYTES;
  const categoryEnd = start + buffer.write(fields.category, start);
  const idEnd = categoryEnd + buffer.write(fields.id, categoryEnd);
  const end = idEnd + buffer.write(fields.line, idEnd);
  buffer.writeUInt32LE(MAGIC, at);
  buffer.writeUInt32LE(end - start, at + 8);
  buffer.writeUInt32LE(fields.epoch, at + 12);
  buffer.writeUInt32LE(fields.sequence % 0x1_0000_0000, at + 16);
  buffer.writeUInt32LE(Math.floor(fields.sequence / 0x1_0000_0000), at + 20);
  buffer.writeUInt8(kinds[fields.kind], at + 24);
  buffer.writeUInt8(categoryEnd - start, at + 25);
  buffer.writeUInt16LE(idEnd - categoryEnd, at + 26);
  buffer.writeUInt32LE(crc32c(buffer, at + 8, end), at + 4);
  return end;
}

/** The frame of these fields by itself. */
export function createFrame(fields: FrameFields): Buffer {
  const buffer = Buffer.alloc(frameBound(fields));
  return buffer.subarray(0, writeFrame(buffer, 0, fields));
}

/** The frame at `at`, or undefined where there is none or not all of it. */
export function frameAt(bytes: Buffer, at: number): FrameAt | undefined {
  if (at + HEADER_BYTES > bytes.length || bytes.readUInt32LE(at) !== MAGIC) return undefined;
  const length = bytes.readUInt32LE(at + 8);
  const to = at + HEADER_BYTES + length;
  if (length > MAX_PAYLOAD || to > bytes.length) return undefined;
  if (crc32c(bytes, at + 8, to) !== bytes.readUInt32LE(at + 4)) return undefined;
  const kind = kindOf(bytes.readUInt8(at + 24));
  const strings = bytes.readUInt8(at + 25) + bytes.readUInt16LE(at + 26);
  if (kind === undefined || strings > length) return undefined;
  return {
    from: at,
    to,
    kind,
    epoch: bytes.readUInt32LE(at + 12),
    sequence: sequenceAt(bytes, at),
  };
}

export function sequenceAt(bytes: Buffer, at: number): number {
  return bytes.readUInt32LE(at + 16) + bytes.readUInt32LE(at + 20) * 0x1_0000_0000;
}

/** Bytes that the frame at `at` says it takes; undefined where it says nothing credible. */
export function frameLength(bytes: Buffer, at: number): number | undefined {
  if (at + HEADER_BYTES > bytes.length || bytes.readUInt32LE(at) !== MAGIC) return undefined;
  const length = bytes.readUInt32LE(at + 8);
  return length > MAX_PAYLOAD ? undefined : HEADER_BYTES + length;
}

export function fieldsOf(bytes: Buffer, frame: FrameAt): FrameFields {
  const start = frame.from + HEADER_BYTES;
  const categoryEnd = start + bytes.readUInt8(frame.from + 25);
  const idEnd = categoryEnd + bytes.readUInt16LE(frame.from + 26);
  return {
    kind: frame.kind,
    epoch: frame.epoch,
    sequence: frame.sequence,
    category: bytes.toString("utf8", start, categoryEnd),
    id: bytes.toString("utf8", categoryEnd, idEnd),
    line: bytes.toString("utf8", idEnd, frame.to),
  };
}

/** Every frame of `bytes` from `start`, and all that lies between valid frames. */
export function* framesOf(bytes: Buffer, start: number): Generator<FrameAt | Damage, void> {
  let at = start;
  while (at < bytes.length) {
    const frame = frameAt(bytes, at);
    if (frame !== undefined) {
      yield frame;
      at = frame.to;
    } else {
      const next = nextFrame(bytes, at + 1);
      yield { from: at, to: next ?? bytes.length, kind: next === undefined ? "tail" : "damage" };
      at = next ?? bytes.length;
    }
  }
}

/** Where a frame may begin at or after `from`, were it only in part. */
export function nextMagic(bytes: Buffer, from: number): number {
  const at = bytes.indexOf(magic, from);
  return at === -1 ? Math.max(from, bytes.length - magic.length + 1) : at;
}

function nextFrame(bytes: Buffer, start: number): number | undefined {
  let at = bytes.indexOf(magic, start);
  while (at !== -1 && frameAt(bytes, at) === undefined) at = bytes.indexOf(magic, at + 1);
  return at === -1 ? undefined : at;
}

function kindOf(number: number): Kind | undefined {
  return kindNames[number];
}

const kindNames: readonly (Kind | undefined)[] = [
  undefined,
  ...(Object.keys(kinds) as readonly Kind[]),
];
