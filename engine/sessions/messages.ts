// Messages over REST: each is one command of its session, however often it is sent.
import { newId } from '../../actors/new-id.ts';
import { elsewhere, failed, idReused, type Outcome, sessionEnded, succeeded } from '../../schema/error.ts';
import { Masking } from '../../schema/rules/masking.ts';
import { secretTextsOf } from '../../schema/session.ts';
import type { History } from '../database/history.ts';
import type { Secrets } from '../secrets/secrets.ts';
import type { Principal } from './access.ts';
import { chatIdOf, type Found, type Sessions } from './sessions.ts';

export type MessagesParts = {
  sessions: Pick<Sessions, 'find' | 'enter' | 'command' | 'whyNothingNew'>;
  history: Pick<History, 'command'>;
  secrets: Pick<Secrets, 'of'>;
  /** The engine's own, which are in no row either. */
  keys: readonly string[];
  /** All that the engine keeps secret, which real agents' rows don't have. */
  engineSecrets: readonly string[];
};

/** `id` is the caller's, where it may send the message again. */
export type Message = { sessionId: string; id: string | undefined; content: string };
export type Accepted = { sessionId: string; id: string; sequence: number };

export class Messages {
  readonly #parts: MessagesParts;

  constructor(parts: MessagesParts) {
    this.#parts = parts;
  }

  /**
   * Resolves once the message is stored; one that was stored before gets the same answer, after the session's end too.
   * @returns `idReused` where another command has its id
   */
  async send(principal: Principal, message: Message): Promise<Outcome<Accepted>> {
    const { sessions } = this.#parts;
    const unavailable = sessions.whyNothingNew();
    if (unavailable) return unavailable;
    const found = await sessions.find(principal, message.sessionId);
    if (!found.ok) return found;
    const earlier = await this.#storedBefore(found.value, message);
    if (earlier) return earlier;
    if (found.value.kind === 'elsewhere') return elsewhere;
    if (found.value.kind === 'ended') return sessionEnded;
    const { id = newId(), content, sessionId } = message;
    const entry = sessions.enter(found.value);
    if (!entry.ok) return entry;
    const reply = await sessions.command(entry.value, { type: 'message', id, content });
    if (!reply.ok) return reply;
    if (reply.value.kind !== 'done') return failed('internal', 'The host gave another answer.');
    // A request with the same id came first meanwhile: what it stored decides whether this one repeats it.
    const meanwhile = reply.value.acknowledgement && (await this.#storedBefore(found.value, message));
    return meanwhile || succeeded({ sessionId, id, sequence: reply.value.sequence });
  }

  /** The actor knows its recent commands; the rows know all, without bringing back an actor that rests. */
  async #storedBefore(found: Found, message: Message): Promise<Outcome<Accepted> | undefined> {
    const { id } = message;
    if (id === undefined) return undefined;
    const stored = await this.#parts.history.command(chatIdOf(found), id);
    if (!stored) return undefined;
    const isMessage = stored.eventType === 'UserMessage' || stored.eventType === 'InitialTask';
    if (!isMessage || !(await this.#isContentOf(found, stored.content, message))) return idReused;
    return succeeded({ sessionId: message.sessionId, id, sequence: stored.sequence });
  }

  /** What is stored holds no secret, so the same words may read differently there. */
  async #isContentOf(found: Found, stored: string, { content, sessionId }: Message): Promise<boolean> {
    if (stored === content) return true;
    const entry = found.kind === 'live' ? found.entry : undefined;
    const secrets = await this.#parts.secrets.of(sessionId, entry);
    const { keys, engineSecrets } = this.#parts;
    const known = [...secretTextsOf(secrets), ...keys];
    return [known, [...known, ...engineSecrets]].some((texts) => stored === new Masking(texts).text(content));
  }
}
