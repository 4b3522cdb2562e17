// Shows those who follow a session of another engine that it is moving, and how it stands once it is back.
import { describeLabels, type Labels } from '../../schema/labels.ts';
import { encodeFrame } from '../../schema/protocol/encode-frame.ts';
import type { Directory } from '../sessions/directory.ts';
import { showTransientTo } from '../sessions/fan-out.ts';
import type { SessionNows } from '../sessions/session-nows.ts';
import type { Owners } from './owners.ts';

export type ShowMovingDependencies = {
  directory: Pick<Directory, 'get' | 'audienceOf'>;
  owners: Pick<Owners, 'find'>;
  nows: Pick<SessionNows, 'read'>;
};

const message =
  'The engine that has the session cannot be reached. The session goes on as soon as it, or another one, can.';

const describeLacking = (labels: Labels) =>
  `No engine that takes sessions now has what the session asks for (${describeLabels(labels)}). It goes on as soon as one does.`;

/** @param lacking labels that the session waits for */
export function showMoving({ directory }: ShowMovingDependencies, sessionId: string, lacking?: Labels): void {
  const said = lacking ? describeLacking(lacking) : message;
  showTransientTo(
    directory.audienceOf(sessionId),
    encodeFrame({ type: 'status', status: 'moving', sessionId, message: said }),
  );
}

/** Sessions that are read at once: after an outage of the bus all are back together, and what clients ask goes first. */
const backAtOnceMax = 32;

/** Shows how sessions stand that are back, some at a time. It is also the sign that they are, where nothing happens in them. */
export class BackSessions {
  readonly #dependencies: ShowMovingDependencies;
  readonly #waiting = new Set<string>();
  #underWay = 0;

  constructor(dependencies: ShowMovingDependencies) {
    this.#dependencies = dependencies;
  }

  show(sessionId: string): void {
    this.#waiting.add(sessionId);
    this.#showNext();
  }

  /** One that moves again has nothing to show. */
  forget(sessionId: string): void {
    this.#waiting.delete(sessionId);
  }

  #showNext(): void {
    for (const sessionId of this.#waiting) {
      if (this.#underWay >= backAtOnceMax) return;
      this.#waiting.delete(sessionId);
      this.#underWay++;
      void showNow(this.#dependencies, sessionId).finally(() => {
        this.#underWay--;
        this.#showNext();
      });
    }
  }
}

/** Never rejects: an event is as good a sign. */
async function showNow({ directory, owners, nows }: ShowMovingDependencies, sessionId: string): Promise<void> {
  const session = directory.get(sessionId) ?? (await findSession(owners, sessionId));
  const now = session && (await nows.read(session).catch(() => undefined));
  if (now) showTransientTo(directory.audienceOf(sessionId), encodeFrame({ type: 'session_state', sessionId, now }));
}

async function findSession(owners: Pick<Owners, 'find'>, sessionId: string) {
  const owner = await owners.find(sessionId);
  return 'session' in owner ? owner.session : undefined;
}
