// Asks the relay to listen for the git proxy of an engine in a container, at the address that the machine has on the
// sandboxes' network.
import { connect, type Socket } from 'node:net';
import path from 'node:path';
import { v7 as uuid } from 'uuid';
import * as v from 'valibot';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import { waitWithin } from '../scheduling/wait-within.ts';
import { RelayAnswer, type RelayRequest, readLine, relaySocketName } from './git-relay.ts';
import type { ListenAddress, PortRange } from './listen-address.ts';

/** A relay answers in milliseconds. */
const gitRelayTimeoutMs = 5_000;

export class RelayedAddress {
  readonly #folder: string;
  /** The address that the relay listens at, until the relay or this engine is gone. */
  #granted: { address: string; listenAddress: ListenAddress; relay: Socket } | undefined;

  /** @param folder with the relay's socket and the engine's own */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** @param peers networks whose clients may connect */
  async obtain(address: string, peers: string[], ports: PortRange): Promise<Outcome<ListenAddress>> {
    if (this.#granted?.address === address) return succeeded(this.#granted.listenAddress);
    const socket = `${uuid()}.sock`;
    const relay = connect(path.join(this.#folder, relaySocketName)).on('error', () => undefined);
    relay.write(`${JSON.stringify({ address, peers, ports, socket } satisfies RelayRequest)}\n`);
    const line = await waitWithin(readLine(relay), gitRelayTimeoutMs);
    const answer = v.safeParse(v.pipe(v.string(), v.parseJson(), RelayAnswer), line);
    if (!answer.success || 'problem' in answer.output) {
      relay.destroy();
      const problem = answer.success && 'problem' in answer.output ? answer.output.problem : 'It does not answer.';
      return failed('sandboxFailed', `The relay that containers reach the git proxy by failed: ${problem}`);
    }
    const hostname = `${address.includes(':') ? `[${address}]` : address}:${answer.output.port}`;
    const listenAddress: ListenAddress = { kind: 'socket', socketPath: path.join(this.#folder, socket), hostname };
    this.close();
    const granted = { address, listenAddress, relay: relay.unref() };
    this.#granted = granted;
    relay.once('close', () => {
      if (this.#granted === granted) this.#granted = undefined;
    });
    return succeeded(listenAddress);
  }

  close(): void {
    this.#granted?.relay.destroy();
    this.#granted = undefined;
  }
}
