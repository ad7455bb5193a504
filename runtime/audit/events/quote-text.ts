/**
 * What RFC 8785, section 3.2.2.2, has to escape, and halves of characters, which stand in no
 * canonical JSON.
 */
const ODD = /[^ !#-[\]-\ud7ff\ue000-\uffff]/;

/**
 * A text as JSON in its canonical form (RFC 8785), which is that of `JSON.stringify`; half a character becomes U+FFFD.
 * Most texts need no escape, and to see that takes less than half of its time.
 */
export function quoteText(text: string): string {
  return ODD.test(text) ? JSON.stringify(text.toWellFormed()) : `"${text}"`;
}
