/** Words that YAML 1.2 core, or an older reader, takes for something else than text. */
const notText = /^(?:null|true|false|yes|no|on|off|y|n|~|\.inf|\.nan)$/i;
const NAME = /^[A-Za-z/](?:[A-Za-z0-9_./~%*-]|:(?=[A-Za-z0-9_/*]))*$/;
const PROSE = /^[A-Za-z](?:[A-Za-z0-9 ,.'()/_;*+=-]|:(?=[A-Za-z0-9_/*]))*[A-Za-z0-9.)'/*]$/;

/** A text as a YAML scalar, in quotes wherever plain it might be read as anything else. */
export function printText(text: string): string {
  return NAME.test(text) && !notText.test(text) ? text : quote(text);
}

/** A sentence in block context, where commas and brackets need no quotes. */
export function printProse(text: string): string {
  return (PROSE.test(text) && !notText.test(text)) || text === "" ? text || '""' : quote(text);
}

/** JSON is YAML; what is left to escape are characters that YAML does not print. */
function quote(text: string): string {
  return JSON.stringify(text.toWellFormed()).replace(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** A comment behind something on its line; nothing for an empty text. */
export function printComment(text: string): string {
  const line = text.replace(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]+/gu, " ").trim();
  return line === "" ? "" : ` # ${line}`;
}

/** YAML admits no longer key on one line with its colon. */
const MAX_KEY = 1000;

/** A key and its colon, at this indentation; the value follows on lines that are indented further. */
export function printKey(key: string, indent: string): string {
  const text = printText(key);
  return text.length > MAX_KEY ? `${indent}? ${text}\n${indent}:` : `${indent}${text}:`;
}
