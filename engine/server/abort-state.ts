// Whether a request was broken off, for those who go on with it later.

export type AbortState = {
  isAborted: boolean;
  /** Called when it is. */
  onAborted?(): void;
};
