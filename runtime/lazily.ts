/** A part of the runtime that is loaded when it is first asked for. */
export interface Lazy<Part> {
  /** Calls at once where the part is there, or later; a part that cannot be loaded is a failure. */
  use(task: (part: Part) => void, fail: (error: unknown) => void): void;
}

export function lazily<Part>(load: () => Promise<Part>): Lazy<Part> {
  let loading: Promise<Part> | undefined;
  let loaded: Part | undefined;
  return {
    use(task, fail) {
      if (loaded !== undefined) task(loaded);
      else {
        loading ??= load();
        loading.then((part) => task((loaded = part)), fail);
      }
    },
  };
}
