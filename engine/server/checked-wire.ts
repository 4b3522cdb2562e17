// The way out to one socket for development and tests: each frame is compared with its declaration.
import type { WebSocket } from 'uWebSockets.js';
import type { Features } from '../../schema/protocol/additions.ts';
import { findFrameProblem } from '../../schema/protocol/check-server-frame.ts';
import type { Frame } from '../sessions/directory.ts';
import type { DeclarationCheck } from './answer-check.ts';
import { type Peer, SocketWire, type SocketWireDependencies } from './socket-wire.ts';

type CheckedWireDependencies = SocketWireDependencies & { declarationCheck: DeclarationCheck };

export class CheckedSocketWire<Data> extends SocketWire<Data> {
  readonly #declarationCheck: DeclarationCheck;
  readonly #features: Features;

  constructor(socket: WebSocket<Data>, dependencies: CheckedWireDependencies, peer: Peer, features: Features) {
    super(socket, dependencies, peer);
    this.#declarationCheck = dependencies.declarationCheck;
    this.#features = features;
  }

  /** Only tests fail by an undeclared frame, since another version of the engine may have stored its row. */
  override send(frames: readonly Frame[]): void {
    for (const frame of frames) {
      const text = typeof frame === 'string' ? frame : Buffer.from(frame).toString();
      const problem = findFrameProblem(text, this.#features);
      if (problem === undefined) continue;
      if (this.#declarationCheck === 'refused') throw new Error(problem);
      this.convertThrown(new Error(problem)); // Converting logs the problem.
    }
    super.send(frames);
  }
}
