/** Little-endian 32-bit words in base64, the form of every integer column of a snapshot. */
export function encodeWords(words: readonly number[]): string {
  const bytes = Buffer.alloc(words.length * 4);
  words.forEach((word, index) => bytes.writeInt32LE(word, index * 4));
  return bytes.toString("base64");
}
