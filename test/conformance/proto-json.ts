import { boxedMap, durationOfText, timestampOfText } from "../../runtime/abi-conditions.js";
import type { Boxed, ConditionType, Int } from "../../runtime/abi-conditions.js";

/** Plain JSON, as protobuf writes its messages. */
export type Json = { readonly [key: string]: unknown };

/** A `cel.expr.Value` as a value that says its type. */
export function boxedOf(value: Json): Boxed {
  const [kind = "", content] = Object.entries(value)[0] ?? [];
  switch (kind) {
    case "nullValue":
      return null;
    case "boolValue":
    case "stringValue":
      return content as Boxed;
    case "int64Value":
      return BigInt(content as string);
    case "uint64Value":
      return { tag: "uint", value: intOf(BigInt(content as string)) };
    case "doubleValue":
      return Number(content);
    case "bytesValue":
      return new Uint8Array(Buffer.from(content as string, "base64"));
    case "typeValue":
      return { tag: "type", value: content as string };
    case "listValue":
      return (((content as Json)["values"] ?? []) as readonly Json[]).map(boxedOf);
    case "mapValue":
      return boxedMap(
        (((content as Json)["entries"] ?? []) as readonly Json[]).map(({ key, value: item }) => {
          return [boxedOf(key as Json), boxedOf(item as Json)] as const;
        }),
      );
    default:
      return wellKnown(content as Json);
  }
}

function wellKnown(message: Json): Boxed {
  const text = message["value"] as string;
  return String(message["@type"]).endsWith("Timestamp")
    ? { tag: "timestamp", value: timestampOfText(text) }
    : { tag: "duration", value: durationOfText(text) };
}

function intOf(value: bigint): Int {
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

const primitives: { readonly [name: string]: ConditionType } = {
  BOOL: "bool",
  INT64: "int",
  UINT64: "uint",
  DOUBLE: "double",
  STRING: "string",
  BYTES: "bytes",
};

/** A `cel.expr.Type`. */
export function typeOf(type: Json): ConditionType {
  const [kind = "", content] = Object.entries(type)[0] ?? [];
  switch (kind) {
    case "primitive":
      return primitives[content as string] ?? "dyn";
    case "null":
      return "null";
    case "dyn":
      return "dyn";
    case "listType":
      return { list: typeOf((content as Json)["elemType"] as Json) };
    case "mapType": {
      const { keyType, valueType } = content as Json;
      return { map: [typeOf(keyType as Json), typeOf(valueType as Json)] };
    }
    case "messageType":
      return String(content).endsWith("Timestamp") ? "timestamp" : "duration";
    default:
      throw new Error(`no such type: ${kind}`);
  }
}
