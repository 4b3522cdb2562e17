// A way out to one socket that lets nothing pass which isn't declared: for development and tests.
import type { WebSocket } from 'uWebSockets.js';
import type { Features } from '../../schema/protocol/additions.ts';
import { findFrameProblem } from '../../schema/protocol/check-frame.ts';
import type { Frame } from '../sessions/directory.ts';
import { type Peer, SocketWire, type SocketWireDependencies } from './socket-wire.ts';

export class CheckedSocketWire<Data> extends SocketWire<Data> {
  readonly #features: Features;

  constructor(socket: WebSocket<Data>, dependencies: SocketWireDependencies, peer: Peer, features: Features) {
    super(socket, dependencies, peer);
    this.#features = features;
  }

  /** @throws where a frame isn't as `schema/protocol/` declares it: whoever made it has a mistake */
  override send(frames: readonly Frame[]): void {
    for (const frame of frames) {
      const problem = findFrameProblem(
        typeof frame === 'string' ? frame : Buffer.from(frame).toString(),
        this.#features,
      );
      if (problem !== undefined) throw new Error(problem);
    }
    super.send(frames);
  }
}
