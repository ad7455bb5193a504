import { createMask } from "../masks/create-mask.js";
import type { MaskServices } from "../masks/create-mask.js";
import { maskedToJson, NULL_MARKER_JSON } from "../masks/mask.js";
import type { Mask } from "../masks/mask.js";
import { isRaw, reveal } from "../masks/raw.js";
import type { Raw } from "../masks/raw.js";
import type { AuditFieldType } from "../serialized-audit.js";
import type {
  SerializedResponses,
  SerializedShape,
  SerializedValue,
} from "../serialized-responses.js";
import type { RoleMask } from "../snapshot.js";

/** Who looks at a document. */
export interface Viewer {
  /** Sets of roles of which each must hold one that sees a value plain: the caller's, and its actor's. */
  readonly roles: readonly RoleMask[];
  /** Empty for callers without. */
  readonly tenant: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Finds what a text of this very response stands for. */
  readonly rawOf?: (text: string) => Raw<unknown> | undefined;
}

/**
 * The JSON text of what a viewer may see of a value. What is not declared is not read, and what does not fit its
 * declaration is hidden; it throws nothing but what properties of the value throw.
 */
export type ShapeWriter = (value: unknown, viewer: Viewer) => string;

/** @throws GateError `configuration-invalid` for a mask whose key or function is missing */
export function buildWriters(
  { schemas, masks }: SerializedResponses,
  services: MaskServices,
): readonly ShapeWriter[] {
  const opened = masks.map(({ options }) => createMask(options, services));
  const writers: ShapeWriter[] = [];
  for (const { name, shape } of schemas) writers.push(buildShape(shape, name, { opened, writers }));
  return writers;
}

interface Parts {
  readonly opened: readonly Mask[];
  /** By schema; an index that leads nowhere hides everything. */
  readonly writers: readonly ShapeWriter[];
}

function buildShape(shape: SerializedShape, path: string, parts: Parts): ShapeWriter {
  const write =
    shape.kind === "value" ? buildValue(shape, path, parts) : buildMap(shape, path, parts);
  return shape.optional
    ? (value, viewer) => (value === null ? "null" : write(value, viewer))
    : write;
}

function buildMap(
  shape: Exclude<SerializedShape, SerializedValue>,
  path: string,
  parts: Parts,
): ShapeWriter {
  const write =
    shape.kind === "schema"
      ? (value: unknown, viewer: Viewer) =>
          parts.writers[shape.schema]?.(value, viewer) ?? NULL_MARKER_JSON
      : buildFields(shape.fields, path, parts);
  if (!shape.list) return write;
  return (value, viewer) => {
    if (!Array.isArray(value)) return NULL_MARKER_JSON;
    let json = "";
    // By index: what iterates over a list can be the list's own.
    for (let index = 0; index < value.length; index += 1) {
      json += `${index === 0 ? "" : ","}${write(value[index], viewer)}`;
    }
    return `[${json}]`;
  };
}

function buildFields(
  fields: readonly { readonly name: string; readonly shape: SerializedShape }[],
  path: string,
  parts: Parts,
): ShapeWriter {
  const members = fields.map(({ name, shape }) => {
    const write = buildShape(shape, `${path}/${name}`, parts);
    return { name, key: `${JSON.stringify(name)}:`, write };
  });
  return (value, viewer) => {
    const isMap = typeof value === "object" && value !== null && !Array.isArray(value);
    if (!isMap || isRaw(value)) return NULL_MARKER_JSON;
    let json = "";
    for (const { name, key, write } of members) {
      // Own properties alone: what a prototype has is no part of a document.
      const member = Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined;
      if (member !== undefined) json += `${json === "" ? "" : ","}${key}${write(member, viewer)}`;
    }
    return `{${json}}`;
  };
}

function buildValue(
  { type, mask: number, plainFor }: SerializedValue,
  field: string,
  { opened }: Parts,
): ShapeWriter {
  const mask = number === -1 ? undefined : (opened[number] ?? hideAll);
  if (mask === undefined) {
    // A raw value is one that only a mask may read: undefined fits no type.
    return (value, viewer) => {
      const closed = (item: unknown) => (rawIn(item, viewer) === undefined ? item : undefined);
      return writePlain(closed(value), type, closed);
    };
  }
  const isPlainFor = createPlainCheck(plainFor);
  return (given, viewer) => {
    const open = (value: unknown): unknown => {
      const found = rawIn(value, viewer);
      return found === undefined ? value : reveal(found);
    };
    const value = open(given);
    if (isPlainFor(viewer)) return writePlain(value, type, open);
    const { tenant, now } = viewer;
    const masked = (item: unknown) => maskedToJson(mask(item, { tenant, now, field }));
    if (type !== "list<string>") return fits(value, type) ? masked(value) : NULL_MARKER_JSON;
    if (!Array.isArray(value)) return NULL_MARKER_JSON;
    const items = Array.from({ length: value.length }, (_, index) => open(value[index]));
    return `[${items.map((item) => (typeof item === "string" ? masked(item) : NULL_MARKER_JSON)).join(",")}]`;
  };
}

function rawIn(value: unknown, { rawOf }: Viewer): Raw<unknown> | undefined {
  if (typeof value === "string") return rawOf?.(value);
  return isRaw(value) ? value : undefined;
}

const hideAll: Mask = () => null;

function writePlain(
  value: unknown,
  type: AuditFieldType,
  open: (item: unknown) => unknown,
): string {
  if (type !== "list<string>") return fits(value, type) ? JSON.stringify(value) : NULL_MARKER_JSON;
  if (!Array.isArray(value)) return NULL_MARKER_JSON;
  const items = Array.from({ length: value.length }, (_, index) => open(value[index]));
  return `[${items.map((item) => (typeof item === "string" ? JSON.stringify(item) : NULL_MARKER_JSON)).join(",")}]`;
}

/** Whole numbers beyond 2^53 are not exact any more: what would be shown is another number. */
function fits(value: unknown, type: Exclude<AuditFieldType, "list<string>">): boolean {
  if (type === "string") return typeof value === "string";
  if (type === "bool") return typeof value === "boolean";
  return type === "int" ? Number.isSafeInteger(value) : Number.isFinite(value);
}

/** Whether everybody who acts in a request has one of the roles. */
function createPlainCheck(plainFor: readonly number[]): (viewer: Viewer) => boolean {
  return ({ roles }) =>
    roles.length > 0 && roles.every((mask) => plainFor.some((role) => holds(mask, role)));
}

function holds(mask: RoleMask, role: number): boolean {
  return ((mask[role >> 5] ?? 0) & (1 << (role & 31))) !== 0;
}
