// The way out to one client for development and tests: each frame is compared with its declaration.
import type { Failure } from '../../schema/error.ts';
import type { Features } from '../../schema/protocol/additions.ts';
import { findFrameProblem } from '../../schema/protocol/check-server-frame.ts';
import type { Frame, NumberedFrames } from '../sessions/directory.ts';
import type { DeclarationCheck } from './answer-check.ts';
import type { Wire } from './wire.ts';

class CheckedWire implements Wire {
  readonly #wire: Wire;
  readonly #declarationCheck: DeclarationCheck;
  readonly #features: Features;

  constructor(wire: Wire, declarationCheck: DeclarationCheck, features: Features) {
    this.#wire = wire;
    this.#declarationCheck = declarationCheck;
    this.#features = features;
  }

  send(frames: readonly Frame[]): void {
    this.#checkFrames(frames);
    this.#wire.send(frames);
  }

  sendEvents(events: readonly NumberedFrames[]): void {
    for (const { frames } of events) this.#checkFrames(frames);
    this.#wire.sendEvents(events);
  }

  waitForRoom(pendingMax?: number): Promise<boolean> {
    return this.#wire.waitForRoom(pendingMax);
  }

  close(failure: Failure | undefined): void {
    this.#wire.close(failure);
  }

  ping(): Promise<boolean> {
    return this.#wire.ping();
  }

  convertThrown(error: unknown): Failure {
    return this.#wire.convertThrown(error);
  }

  /** Only tests fail by an undeclared frame, since another version of the engine may have stored its row. */
  #checkFrames(frames: readonly Frame[]): void {
    for (const frame of frames) {
      const text = typeof frame === 'string' ? frame : Buffer.from(frame).toString();
      const problem = findFrameProblem(text, this.#features);
      if (problem === undefined) continue;
      if (this.#declarationCheck === 'refused') throw new Error(problem);
      this.convertThrown(new Error(problem)); // Converting logs the problem.
    }
  }
}

/** Nothing is compared in production, where it would cost as much as all other work for a frame. */
export const checkWire = (wire: Wire, declarationCheck: DeclarationCheck, features: Features): Wire =>
  declarationCheck === 'off' ? wire : new CheckedWire(wire, declarationCheck, features);
