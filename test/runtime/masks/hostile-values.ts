const secret = "4111111111111111";

/** The classes of values that other maskers pass through, or throw for; each is made anew. */
export const hostileValues: readonly (readonly [name: string, make: () => unknown])[] = [
  ["undefined", () => undefined],
  ["null", () => null],
  ["NaN", () => Number.NaN],
  ["-0", () => -0],
  ["infinity", () => Number.POSITIVE_INFINITY],
  ["a card as a number", () => 4_111_111_111_111_111],
  ["a card as a BigInt", () => 4111111111111111n],
  ["a BigInt of 100 000 bits", () => 1n << 100_000n],
  ["a symbol", () => Symbol(secret)],
  ["a function", () => () => secret],
  ["a String object", () => Object(secret)],
  ["a getter that throws", () => Object.defineProperty({}, "length", { get: fail })],
  ["toString that throws", () => ({ toString: fail, valueOf: fail, [Symbol.toPrimitive]: fail })],
  ["toJSON", () => ({ toJSON: () => secret })],
  ["a proxy whose every trap throws", () => new Proxy({}, trapAll())],
  ["a proxy of a function", () => new Proxy(fail, trapAll())],
  ["a proxy of a buffer", () => new Proxy(Buffer.from(secret), {})],
  ["a proxy of an ArrayBuffer that says it is long", longProxy],
  ["a proxy of a date", () => new Proxy(new Date(0), {})],
  ["a revoked proxy", revoked],
  ["a frozen object", () => Object.freeze({ password: secret })],
  ["a circle", circle],
  ["a map", () => new Map([["password", secret]])],
  ["a set", () => new Set([secret])],
  ["a date", () => new Date(0)],
  ["an invalid date", () => new Date(Number.NaN)],
  ["a date whose methods lie", () => Object.assign(new Date(0), { getTime: fail })],
  ["what looks like a date", () => Object.create(Date.prototype)],
  ["a URL", () => new URL(`http://u:${secret}@h/?t=${secret}`)],
  ["headers", () => new Headers({ authorization: secret })],
  ["an error with a cause", () => new Error("x", { cause: new Error(secret) })],
  ["a buffer", () => Buffer.from(secret)],
  ["a typed array", () => new Float64Array([1, 2])],
  ["a typed array that lies about its length", lyingArray],
  ["an ArrayBuffer", () => new ArrayBuffer(8)],
  ["a detached ArrayBuffer", detached],
  ["a DataView", () => new DataView(new ArrayBuffer(8))],
  ["a blob", () => new Blob([secret])],
  ["a promise", () => Promise.resolve(secret)],
  ["a lone surrogate", () => "\ud800"],
  ["a lone surrogate within", () => `rob\udfffert@example.com`],
  ["no text", () => ""],
  ["a NUL", () => "\0"],
  ["a pile of marks", () => `a${"\u0301".repeat(1000)}`],
];

function fail(): never {
  throw new Error(secret);
}

function trapAll(): ProxyHandler<object> {
  return new Proxy({}, { get: () => fail });
}

function longProxy(): unknown {
  return new Proxy(new ArrayBuffer(8), {
    get: (target, key) => (/length/i.test(String(key)) ? 2 ** 40 : Reflect.get(target, key)),
  });
}

function lyingArray(): unknown {
  const length = { get: () => 2 ** 40 };
  return Object.defineProperties(new Uint8Array(8), { length, byteLength: length });
}

function detached(): unknown {
  const buffer = new ArrayBuffer(8);
  structuredClone(buffer, { transfer: [buffer] });
  return buffer;
}

function revoked(): unknown {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

function circle(): unknown {
  const self: Record<string, unknown> = { password: secret };
  self["self"] = self;
  return self;
}
