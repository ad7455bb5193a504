/** An answer as far as the harness looks at it. */
export interface Answer {
  readonly status: number;
  /** The last part of a problem's `type`; "" for any other body. */
  readonly problem: string;
  /** The id in a problem's `instance`; "" for any other body. */
  readonly instance: string;
  readonly closes: boolean;
}

export interface ResponseReader {
  /** Takes what came and returns the answers that are whole by now. */
  push(chunk: string): readonly Answer[];
  /** The answer that only the end of the connection completes. */
  end(): Answer | undefined;
}

/** Reads answers to pipelined requests off one connection; `methods` are those of the requests sent. */
export function createResponseReader(methods: readonly string[]): ResponseReader {
  let text = "";
  let answered = 0;
  const take = (isEnd: boolean): Answer | undefined => {
    for (;;) {
      const headEnd = text.indexOf("\r\n\r\n");
      if (headEnd === -1) return undefined;
      const head = text.slice(0, headEnd);
      const status = Number(head.slice(9, 12));
      const bodyStart = headEnd + 4;
      if (status < 200) {
        text = text.slice(bodyStart);
        continue;
      }
      const hasBody = methods[answered] !== "HEAD" && status !== 204;
      const length = hasBody ? bodyLength(head, text.slice(bodyStart)) : 0;
      if (length === undefined && !isEnd) return undefined;
      const bodyEnd = length === undefined ? text.length : bodyStart + length;
      if (text.length < bodyEnd) return undefined;
      const body = text.slice(bodyStart, bodyEnd);
      text = text.slice(bodyEnd);
      answered += 1;
      const problem = /"type":"[^"]*[:/]([a-z-]+)"/.exec(body)?.[1] ?? "";
      const instance = /"instance":"urn:uuid:([0-9a-f-]+)"/.exec(body)?.[1] ?? "";
      return { status, problem, instance, closes: /\r\nconnection: close/i.test(head) };
    }
  };
  return {
    push(chunk) {
      text += chunk;
      const answers: Answer[] = [];
      for (let next = take(false); next !== undefined; next = take(false)) answers.push(next);
      return answers;
    },
    end: () => take(true),
  };
}

/** Undefined where the body is not whole yet, or goes to the end of the connection. */
function bodyLength(head: string, rest: string): number | undefined {
  if (/\r\ntransfer-encoding: chunked/i.test(head)) {
    const last = rest.indexOf("0\r\n\r\n");
    return last === -1 ? undefined : last + 5;
  }
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  return length === undefined ? undefined : Number(length);
}
