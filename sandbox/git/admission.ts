// Decides who may connect to a listening address, and how many at once, because others than sandboxes reach it, too.
import type { BlockList, Socket } from 'node:net';
import { familyOf } from '../outbound/address.ts';

/** Connections of one container, so that it can't take them all. */
export const gitConnectionsPerAddressMax = 32;

export class Admission {
  readonly #peers: BlockList;
  readonly #isPeerASandbox: boolean;
  /** Open connections by address, where each sandbox has an address of its own. */
  readonly #open = new Map<string, number>();

  constructor({ peers, isPeerASandbox }: { peers: BlockList; isPeerASandbox: boolean }) {
    this.#peers = peers;
    this.#isPeerASandbox = isPeerASandbox;
  }

  /** @returns false for a connection that was destroyed at once */
  admit(socket: Socket): boolean {
    const { remoteAddress: address = '' } = socket;
    const open = (this.#open.get(address) ?? 0) + 1;
    const isOneTooMany = this.#isPeerASandbox && open > gitConnectionsPerAddressMax;
    if (!this.#peers.check(address, familyOf(address)) || isOneTooMany) {
      socket.destroy();
      return false;
    }
    if (this.#isPeerASandbox) {
      this.#open.set(address, open);
      socket.once('close', () => this.#forget(address));
    }
    return true;
  }

  #forget(address: string): void {
    const open = (this.#open.get(address) ?? 0) - 1;
    if (open > 0) this.#open.set(address, open);
    else this.#open.delete(address);
  }
}
