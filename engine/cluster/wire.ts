// What the bus stands on: one connection that loses what is sent while it is away, and says when it is back.

export type BusWire = {
  /** Connects in the background, as often as it takes. */
  open(): void;
  /** While it is away nothing is sent: it would be dropped without a word. */
  readonly isUp: boolean;
  /** Bytes of the largest post that the server takes. */
  readonly bytesMax: number;
  send(subject: string, bytes: Uint8Array): void;
  listen(subject: string, receive: (bytes: Uint8Array) => void): void;
  /** Resolves once the server has taken what was sent before; rejects once the connection is lost. */
  flush(): Promise<void>;
  /** Called at each change of `isUp`. */
  onChange(listener: (isUp: boolean) => void): void;
  close(): Promise<void>;
};
