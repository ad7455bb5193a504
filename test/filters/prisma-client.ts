import { Buffer } from "node:buffer";
import { createRequire } from "node:module";
import { getPrismaClient } from "@prisma/client/runtime/client";

/** A field of the model `Note`, as a Prisma schema declares it. */
export interface PrismaField {
  readonly name: string;
  readonly type: "String" | "Int" | "Float" | "Boolean" | "DateTime";
  readonly mark?: "?" | "[]" | "@id";
  /** The type of its column, where it is not the usual one. */
  readonly native?: string;
}

export interface NoteModel {
  findMany(query: object): Promise<readonly Readonly<Record<string, unknown>>[]>;
  createMany(query: { readonly data: readonly object[] }): Promise<unknown>;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface NoteClient {
  readonly note: NoteModel;
  $disconnect(): Promise<void>;
}

/** Three counts of zero: without it no plan of a query is kept, which changes no answer. */
const NO_NODES = "AAAA";
const load = createRequire(import.meta.url);

/**
 * The client that `prisma generate` would make of a schema with the one model `Note`. Its command line fetches an engine
 * from the network before it does anything; what it prints is no more than this call.
 */
export function createNoteClient(
  provider: "postgresql" | "sqlite",
  fields: readonly PrismaField[],
  adapter: object,
): NoteClient {
  const lines = fields.map(({ name, type, mark = "", native = "" }) => {
    const sign = mark === "@id" ? " @id" : mark;
    return `  ${name} ${type}${sign} ${native}`;
  });
  const runtime = `@prisma/client/runtime/query_compiler_fast_bg.${provider}`;
  const Client = getPrismaClient({
    previewFeatures: [],
    clientVersion: "7.10.0",
    engineVersion: "none",
    activeProvider: provider,
    inlineSchema: `datasource db {\n  provider = "${provider}"\n}\nmodel Note {\n${lines.join("\n")}\n}\n`,
    runtimeDataModel: {
      models: {
        Note: {
          dbName: null,
          schema: null,
          fields: fields.map(({ name, type }) => ({ name, kind: "scalar" as const, type })),
          uniqueFields: [],
          uniqueIndexes: [],
          primaryKey: null,
        },
      },
      enums: {},
      types: {},
    } as never,
    parameterizationSchema: { strings: [], graph: NO_NODES },
    compilerWasm: {
      getRuntime: () => Promise.resolve(load(`${runtime}.js`)),
      getQueryCompilerWasmModule: () =>
        Promise.resolve(compileModule(load(`${runtime}.wasm-base64.js`).wasm)),
      importName: "./query_compiler_fast_bg.js",
    },
  });
  return new Client({ adapter } as never) as unknown as NoteClient;
}

/** The types of Node do not name `WebAssembly`. */
function compileModule(base64: string): unknown {
  const { Module } = Reflect.get(globalThis, "WebAssembly");
  return new Module(Buffer.from(base64, "base64"));
}
