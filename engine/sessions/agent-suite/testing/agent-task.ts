// What each task of the suite is given: sessions in its place, the provider's script, and checks of events, rows and requests.
import assert from 'node:assert/strict';
import type { FakeProvider } from '../../../../actors/testing/provider/fake-provider.ts';
import { callsOf } from '../../../../actors/testing/provider/stand-in.ts';
import { answer } from '../../../../actors/testing/provider/steps.ts';
import type { PlayedAnswer, PlayedCall } from '../../../../actors/testing/provider/wire.ts';
import type { StoredEvent } from '../../../../schema/event.ts';
import { gitToken, type Place, type TestAgents } from '../../../testing/agents.ts';
import type { Frame, TestClient } from '../../../testing/client.ts';

export type AgentTask = { name: string; act(given: GivenTask): Promise<void> };

/** A type or status, alone or with the content. */
type ExpectedEvent = string | readonly [eventType: string, content: string | RegExp];

/** The engine's own variables, after a restart too. */
export const suiteEnvironment = {
  ANTHROPIC_MODEL: 'claude-sonnet-5-5',
  ENCRYPTION_KEY: 'a key for sealing that is long enough for anybody',
};

/** How a session with a repository begins, and one without. */
export const cloned: readonly ExpectedEvent[] = [
  'initializing',
  'InitialTask',
  'RepositoryCloned',
  'ready',
  'ProjectKnowledge',
];
export const begun: readonly ExpectedEvent[] = ['initializing', 'InitialTask', 'ready'];

export const { shell, read, edit, finish } = callsOf('anthropic');

let calls = 0;
export const call = (name: string, input: object): PlayedCall => ({ id: `toolu_s${++calls}`, name, input });

const isCalls = (said: readonly PlayedCall[] | PlayedAnswer): said is readonly PlayedCall[] => Array.isArray(said);

let repositories = 0;

export class GivenTask {
  readonly place: Place;
  readonly agents: TestAgents;

  constructor(place: Place, agents: TestAgents) {
    this.place = place;
    this.agents = agents;
  }

  get provider(): FakeProvider {
    return this.agents.fakeProvider;
  }

  /** Plays answers, or answers of these calls alone, one after the other, and after them an answer that is done. */
  play(...answers: (readonly PlayedCall[] | PlayedAnswer)[]): void {
    for (const said of answers) this.provider.plan('anthropic', answer(isCalls(said) ? { calls: [...said] } : said));
  }

  start(task: string, more: object = {}): Promise<TestClient> {
    return this.agents.startClient(task, { modelProvider: 'anthropic', ...more });
  }

  /** Starts with a repository of these files. @returns its name at the git host as well */
  async startIn(files: Record<string, string>, task: string, more: object = {}) {
    const repository = `ada/suite-${this.place}-${++repositories}`;
    this.agents.git.addRepository(repository, files);
    const user = { gitUserName: 'Ada Lovelace', gitUserEmail: 'ada@example.com' };
    const client = await this.start(task, { repoUrl: this.agents.git.urlOf(repository), gitToken, ...user, ...more });
    return { client, repository };
  }

  /** Stops the engine and starts one on the same rows. */
  async restart(): Promise<void> {
    await this.agents.stop();
    await this.agents.start({ environment: suiteEnvironment });
  }

  /** The body of a request for an answer, by its number; the last ones have negative numbers. */
  sent(at: number): string {
    return JSON.stringify(this.provider.answerRequests.at(at)?.body);
  }

  get timesAsked(): number {
    return this.provider.answerRequests.length;
  }

  /**
   * Checks a session's events in order, that their numbers have no gaps, and that the rows are the same.
   * @param options `leftOut`: a type of event that may come anywhere
   */
  async check(
    client: TestClient,
    expected: readonly ExpectedEvent[],
    { leftOut }: { leftOut?: string } = {},
  ): Promise<StoredEvent[]> {
    const events = client.events.filter(({ eventType }) => leftOut === undefined || eventType !== leftOut);
    assert.deepEqual(
      events.map(typeOf),
      expected.map((event) => (typeof event === 'string' ? event : event[0])),
    );
    for (const [at, event] of expected.entries()) {
      if (typeof event === 'string') continue;
      const content = events[at]?.content ?? '';
      if (typeof event[1] === 'string') assert.equal(content, event[1]);
      else assert.match(content, event[1]);
    }
    const rows = (await this.agents.readStored(client.sessionId)).events;
    const numbers = rows.map((_, at) => at + 1);
    assert.deepEqual(
      [rows, client.events].map((all) => all.map(({ sequence }) => sequence)),
      [numbers, numbers],
    );
    assert.deepEqual(rows.map(typeOfRow), client.events.map(typeOf));
    for (const [at, { content = '' }] of client.events.entries())
      if (content !== '') assert.equal(rows[at]?.content, content);
    return rows;
  }

  async stop(client: TestClient): Promise<void> {
    client.send({ type: 'stop' });
    assert.equal(await client.closed, 1000);
  }
}

/** A status by its name, all else by its type. */
const typeOf = ({ type, status, eventType }: Frame): string => (type === 'status' ? `${status}` : `${eventType}`);
const typeOfRow = ({ eventType, metadata }: StoredEvent): string => metadata?.status ?? eventType;

/** Waits for the end of the next turn and how it ended. */
export async function endTurn(client: TestClient, content?: string, more: object = {}): Promise<Frame> {
  const sequence = content === undefined ? 0 : lastSequenceOf(client);
  if (content !== undefined) client.sendRaw({ type: 'message', content, ...more });
  return client.waitForStatus('completed', sequence);
}

const lastSequenceOf = ({ frames }: TestClient): number => Math.max(0, ...frames.map(({ sequence }) => sequence ?? 0));

/** The contents of all events of a type. */
export const contentsOf = ({ events }: TestClient, type: string): string[] =>
  events.filter(({ eventType }) => eventType === type).map(({ content = '' }) => content);
