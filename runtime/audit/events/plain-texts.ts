import { isPlainText } from "./quote-text.js";

/** In bytes; longer texts are looked through one unit after the other. */
const ROOM = 8192;

const SPACE = 0x20;

/**
 * Makes a function that says what `isPlainText` says, of many texts in one: as UTF-8, those of ASCII have a byte for each unit,
 * and are looked through four bytes at a time. With the copy, that takes half the time of a regular expression (measured).
 */
export function createPlainCheck(): (texts: string) => boolean {
  const encoder = new TextEncoder();
  const bytes = new Uint8Array(ROOM);
  const words = new Int32Array(bytes.buffer);
  return (texts) => {
    const { length } = texts;
    if (length > ROOM - 4) return isPlainText(texts);
    const { written } = encoder.encodeInto(texts, bytes);
    if (written !== length) return isPlainText(texts);
    // The last word ends with what is plain.
    for (let index = length; index < length + 3; index += 1) bytes[index] = SPACE;
    let odd = 0;
    const end = (length + 3) >> 2;
    for (let index = 0; index < end; index += 1) {
      const word = words[index] ?? 0;
      // Each sets the high bit of the first byte that is not below 0x80, is below 0x20, is `"`, or is `\`: what borrows,
      // and so disturbs the bytes behind it, was found itself.
      odd |= word | (word - 0x20202020) | ((word ^ 0x22222222) - 0x01010101);
      odd |= (word ^ 0x5c5c5c5c) - 0x01010101;
    }
    return (odd & 0x80808080) === 0;
  };
}
