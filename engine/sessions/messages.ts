// Sends messages over REST: each is one command of its session, however often it is sent.
import { createId } from '../../actors/create-id.ts';
import { elsewhere, idReused, type Outcome, sessionEnded, succeeded } from '../../schema/error.ts';
import { Masking } from '../../schema/rules/masking.ts';
import { secretTextsOf } from '../../schema/session.ts';
import type { History } from '../database/history.ts';
import type { Secrets } from '../secrets/secrets.ts';
import type { Principal } from './access.ts';
import { type Found, idsOf } from './find-session.ts';
import { otherReply } from './refusals.ts';
import type { Sessions } from './sessions.ts';

export type MessagesDependencies = {
  sessions: Pick<Sessions, 'find' | 'ensureEntry' | 'sendCommand' | 'checkAvailability'>;
  history: Pick<History, 'findCommand'>;
  secrets: Pick<Secrets, 'loadSecrets'>;
  /** The engine's own keys, which are masked in every row. */
  keys: readonly string[];
  /** All secrets of the engine, which are masked in real agents' rows. */
  engineSecrets: readonly string[];
};

/** A message; `id` is the caller's, where the caller may send it again. */
export type Message = { sessionId: string; id: string | undefined; content: string };
export type Accepted = { sessionId: string; id: string; sequence: number };

export class Messages {
  readonly #dependencies: MessagesDependencies;

  constructor(dependencies: MessagesDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Resolves once the message is stored; a repeated one gets the same answer, after the session's end too.
   * @returns `idReused` where another command has its id
   */
  async sendOnce(principal: Principal, message: Message): Promise<Outcome<Accepted>> {
    const { sessions } = this.#dependencies;
    const unavailable = sessions.checkAvailability();
    if (unavailable) return unavailable;
    const found = await sessions.find(principal, message.sessionId);
    if (!found.ok) return found;
    const earlier = await this.#findStored(found.value, message);
    if (earlier) return earlier;
    if (found.value.kind === 'elsewhere') return elsewhere;
    if (found.value.kind === 'ended') return sessionEnded;
    const { id = createId(), content, sessionId } = message;
    const entry = sessions.ensureEntry(found.value);
    if (!entry.ok) return entry;
    const reply = await sessions.sendCommand(entry.value, { type: 'message', id, content });
    if (!reply.ok) return reply;
    if (reply.value.kind !== 'done') return otherReply;
    // A request with the same id may have been stored meanwhile: its content decides whether this one repeats it.
    const meanwhile = reply.value.acknowledgement && (await this.#findStored(found.value, message));
    return meanwhile || succeeded({ sessionId, id, sequence: reply.value.sequence });
  }

  /** Finds the message among the rows, which hold every command, while an actor knows only recent ones. */
  async #findStored(found: Found, message: Message): Promise<Outcome<Accepted> | undefined> {
    const { id } = message;
    if (id === undefined) return undefined;
    const stored = await this.#dependencies.history.findCommand(idsOf(found).chatId, id);
    if (!stored) return undefined;
    const isMessage = stored.eventType === 'UserMessage' || stored.eventType === 'InitialTask';
    if (!isMessage || !(await this.#isContentOf(found, stored.content, message))) return idReused;
    return succeeded({ sessionId: message.sessionId, id, sequence: stored.sequence });
  }

  /** Compares a stored message with this one, in which secrets are masked first as they were when it was stored. */
  async #isContentOf(found: Found, stored: string, { content, sessionId }: Message): Promise<boolean> {
    if (stored === content) return true;
    const entry = found.kind === 'live' ? found.entry : undefined;
    const secrets = await this.#dependencies.secrets.loadSecrets(sessionId, entry);
    const { keys, engineSecrets } = this.#dependencies;
    const known = [...secretTextsOf(secrets), ...keys];
    return [known, [...known, ...engineSecrets]].some((texts) => stored === new Masking(texts).maskText(content));
  }
}
