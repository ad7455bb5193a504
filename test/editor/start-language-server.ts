import { spawn } from "node:child_process";
import { createRequire } from "node:module";

interface Message {
  readonly id?: number | string;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

export interface EditorDiagnostic {
  readonly message: string;
  readonly range: { readonly start: { readonly line: number; readonly character: number } };
}

/** What an editor asks of a language server, for files that exist in it alone or on disk. */
export interface LanguageServer {
  /** Opens a file and waits for what the server finds in it. */
  readonly open: (uri: string, text: string) => Promise<readonly EditorDiagnostic[]>;
  /** The text of the hover at a place, which counts from zero; empty where there is none. */
  readonly hover: (uri: string, line: number, character: number) => Promise<string>;
  /** The labels of the completions at a place. */
  readonly complete: (uri: string, line: number, character: number) => Promise<readonly string[]>;
  readonly stop: () => Promise<void>;
}

const settings: Readonly<Record<string, unknown>> = {
  yaml: {
    validate: true,
    hover: true,
    completion: true,
    // Nothing is fetched: the schema is that of the modeline.
    schemaStore: { enable: false },
  },
};

/** Starts `yaml-language-server` and talks to it over stdio, as editors do (LSP 3.17). */
export async function startLanguageServer(rootUri: string): Promise<LanguageServer> {
  const binary = createRequire(import.meta.url).resolve(
    "yaml-language-server/bin/yaml-language-server",
  );
  const server = spawn(process.execPath, [binary, "--stdio"], { stdio: "pipe" });
  const answers = new Map<number, (message: Message) => void>();
  const found = new Map<string, (diagnostics: readonly EditorDiagnostic[]) => void>();
  let last = 0;
  let buffer = Buffer.alloc(0);

  const send = (message: object) => {
    const body = JSON.stringify({ jsonrpc: "2.0", ...message });
    server.stdin.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  };
  const request = (method: string, params: unknown): Promise<unknown> => {
    last += 1;
    const id = last;
    return new Promise((resolve, reject) => {
      answers.set(id, ({ result, error }) => {
        if (error === undefined) resolve(result);
        else reject(new Error(`${method}: ${error.message}`));
      });
      send({ id, method, params });
    });
  };
  const receive = ({ id, method, params, ...answer }: Message) => {
    if (method === undefined) answers.get(Number(id))?.(answer);
    else if (method === "textDocument/publishDiagnostics") {
      const { uri, diagnostics } = Object(params);
      found.get(uri)?.(diagnostics);
    } else if (id !== undefined) {
      const items: readonly { readonly section?: string }[] = Object(params).items ?? [];
      send({ id, result: items.map(({ section = "" }) => settings[section] ?? null) });
    }
  };
  server.stdout.on("data", (chunk: Buffer) => {
    buffer = Buffer.concat([buffer, chunk]);
    for (;;) {
      const head = buffer.indexOf("\r\n\r\n");
      const length = Number(/Content-Length: (\d+)/.exec(buffer.toString("latin1", 0, head))?.[1]);
      if (head === -1 || buffer.length < head + 4 + length) return;
      receive(JSON.parse(buffer.toString("utf8", head + 4, head + 4 + length)));
      buffer = buffer.subarray(head + 4 + length);
    }
  });

  await request("initialize", {
    processId: process.pid,
    rootUri,
    capabilities: {
      workspace: { configuration: true },
      textDocument: { hover: { contentFormat: ["markdown"] } },
    },
  });
  send({ method: "initialized", params: {} });
  send({ method: "workspace/didChangeConfiguration", params: { settings } });

  return {
    open: (uri, text) =>
      new Promise((resolve) => {
        found.set(uri, resolve);
        const textDocument = { uri, languageId: "yaml", version: 1, text };
        send({ method: "textDocument/didOpen", params: { textDocument } });
      }),
    hover: async (uri, line, character) => {
      const hover = await request("textDocument/hover", at(uri, line, character));
      return String(Object(Object(hover).contents).value ?? "");
    },
    complete: async (uri, line, character) => {
      const list = await request("textDocument/completion", at(uri, line, character));
      const items: readonly { readonly label: string }[] = Object(list).items ?? [];
      return items.map(({ label }) => label);
    },
    stop: async () => {
      const closed = new Promise((resolve) => {
        server.once("close", resolve);
      });
      await request("shutdown", null);
      send({ method: "exit" });
      await closed;
    },
  };
}

function at(uri: string, line: number, character: number) {
  return { textDocument: { uri }, position: { line, character } };
}
