/** The value of a scalar with the places in the file that it came from. */
export interface Written {
  readonly text: string;
  /** Where each unit of the value begins in the file, and where the value ends. */
  readonly places: readonly number[];
  /** Where each unit of the value ends in the file. */
  readonly ends: readonly number[];
}

export interface Writer {
  readonly put: (text: string, from: number, to: number) => void;
  readonly finish: (end: number) => Written;
}

export function createWriter(): Writer {
  const parts: string[] = [];
  const places: number[] = [];
  const ends: number[] = [];
  return {
    put(text, from, to) {
      parts.push(text);
      for (let index = 0; index < text.length; index += 1) {
        places.push(from);
        ends.push(to);
      }
    },
    finish: (end) => ({ text: parts.join(""), places: [...places, end], ends }),
  };
}
