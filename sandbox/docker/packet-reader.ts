// Takes streams of packets apart: Docker's own, and those of the guest inside a container.

const emptyHeader = Buffer.alloc(0);

/** Reads packets of a header and a payload, which it hands on in parts as they arrive, without copying them. */
export class PacketReader {
  readonly #headerBytes: number;
  readonly #lengthAt: number;
  readonly #onPart: (header: Buffer, part: Buffer, left: number) => void;
  #header: Buffer = emptyHeader;
  #left = 0;

  /**
   * @param lengthAt where in the header the payload's length is: four bytes, the highest first
   * @param onPart gets each part of a payload with its header and how many bytes of that payload are still to come
   */
  constructor(headerBytes: number, lengthAt: number, onPart: (header: Buffer, part: Buffer, left: number) => void) {
    this.#headerBytes = headerBytes;
    this.#lengthAt = lengthAt;
    this.#onPart = onPart;
  }

  add(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) at += this.#left > 0 ? this.#takePayload(chunk, at) : this.#takeHeader(chunk, at);
  }

  #takePayload(chunk: Buffer, at: number): number {
    const part = chunk.subarray(at, at + this.#left);
    this.#left -= part.length;
    const header = this.#header;
    if (this.#left === 0) this.#header = emptyHeader;
    this.#onPart(header, part, this.#left);
    return part.length;
  }

  #takeHeader(chunk: Buffer, at: number): number {
    const part = chunk.subarray(at, at + this.#headerBytes - this.#header.length);
    this.#header = this.#header.length === 0 ? Buffer.from(part) : Buffer.concat([this.#header, part]);
    if (this.#header.length < this.#headerBytes) return part.length;
    this.#left = this.#header.readUInt32BE(this.#lengthAt);
    if (this.#left === 0) this.#header = emptyHeader;
    return part.length;
  }
}

/** Reads Docker's multiplexed stream: stream type, three zero bytes, length, payload. */
export class DockerStreamReader {
  readonly #packets: PacketReader;

  constructor(onPayload: (payload: Buffer, isError: boolean) => void) {
    this.#packets = new PacketReader(8, 4, (header, part) => onPayload(part, header[0] === 2));
  }

  add(chunk: Buffer): void {
    this.#packets.add(chunk);
  }
}
