// Gives the hosts their permits for requests to providers: the one place that knows what all sessions of a key have sent.
import { permitPrefixOf } from '../../actors/permits/host-permits.ts';
import { Permits } from '../../actors/permits/permits.ts';
import type { PermitAnswer, PermitWord } from '../../schema/permits.ts';
import type { Supervisor } from './supervisor.ts';

export class PermitDesk {
  readonly #hosts: Pick<Supervisor, 'getLink'>;
  readonly #permits = new Permits(Date.now);

  constructor(hosts: Pick<Supervisor, 'getLink'>) {
    this.#hosts = hosts;
  }

  receive(host: number, word: PermitWord): void {
    if (word.say === 'news') return this.#permits.hear(word.id, word.news);
    if (word.say === 'ended') return this.#permits.end(word.id);
    const { id } = word.ask;
    const answer = (said: PermitAnswer) => this.#hosts.getLink(host).tell({ kind: 'permit', answer: said });
    this.#permits.want(word.ask, {
      onGranted: () => answer({ say: 'granted', id }),
      onWaits: (waitMs) => answer({ say: 'waits', id, waitMs }),
    });
  }

  /** The host died, and with it all its requests. */
  endHost(host: number): void {
    this.#permits.endAll(permitPrefixOf(host));
  }

  close(): void {
    this.#permits.close();
  }
}
