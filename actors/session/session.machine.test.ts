// The life of a session, state by state, without running one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { initialTransition, transition } from 'xstate';
import { failed } from '../../schema/error.ts';
import { sessionStates } from '../../schema/session.ts';
import {
  type Beginning,
  type SessionEvent,
  type SessionMachineDependencies,
  sessionMachine,
} from './session.machine.ts';

type Snapshot = ReturnType<typeof initialTransition<typeof sessionMachine>>[0];
type Actions = ReturnType<typeof initialTransition<typeof sessionMachine>>[1];

const { failure } = failed('sandboxFailed', 'There is no sandbox.');

/** A session on paper: its machine's snapshot, and what it was told to do. */
class Paper {
  readonly did: string[] = [];
  snapshot: Snapshot;

  constructor(beginning: Beginning, hasUnread: boolean) {
    const [snapshot, actions] = initialTransition(sessionMachine, {
      dependencies: this.#effects(),
      beginning,
      hasUnread,
    });
    this.snapshot = snapshot;
    this.#perform(actions);
  }

  get state(): string {
    return this.snapshot.value;
  }

  hears(event: SessionEvent): string[] {
    const before = this.did.length;
    const [next, actions] = transition(sessionMachine, this.snapshot, event);
    this.snapshot = next;
    this.#perform(actions);
    return this.did.slice(before);
  }

  #perform(actions: Actions): void {
    for (const action of actions) action.exec?.(action.info, action.params);
  }

  #effects(): SessionMachineDependencies {
    const did = (what: string) => () => void this.did.push(what);
    return {
      announceInitializing: did('announceInitializing'),
      openWorkspace: did('provision'),
      announceReady: did('announceReady'),
      startTurn: did('runTurn'),
      interruptTurn: did('interruptTurn'),
      announceInterrupted: did('announceInterrupted'),
      announceStopping: did('announceStopping'),
      giveWorkspaceBack: did('release'),
      announceStopped: did('announceStopped'),
      announceFailed: ({ detail }) => void this.did.push(`announceFailed: ${detail}`),
    };
  }
}

const events: Record<SessionEvent['type'], SessionEvent> = {
  begin: { type: 'begin' },
  provisioned: { type: 'provisioned' },
  provisioningFailed: { type: 'provisioningFailed', failure },
  message: { type: 'message' },
  messagesRead: { type: 'messagesRead' },
  interrupt: { type: 'interrupt' },
  turnEnded: { type: 'turnEnded' },
  stop: { type: 'stop' },
  released: { type: 'released' },
  passivate: { type: 'passivate' },
  fenced: { type: 'fenced' },
};

/** A session that has heard these. */
function paperAfter(beginning: Beginning, hasUnread: boolean, ...heard: (keyof typeof events)[]): Paper {
  const paper = new Paper(beginning, hasUnread);
  for (const type of heard) paper.hears(events[type]);
  return paper;
}

const idle = () => paperAfter('idle', false);
const working = () => paperAfter('idle', false, 'message');
const workingRead = () => paperAfter('idle', false, 'message', 'messagesRead');

test('a new session provisions, says that it is ready, and works on its task', () => {
  const paper = new Paper('created', true);
  assert.equal(paper.state, 'created');
  assert.deepEqual(paper.did, []);
  assert.deepEqual(paper.hears(events.begin), ['announceInitializing', 'provision']);
  assert.equal(paper.state, 'provisioning');
  assert.deepEqual(paper.hears(events.provisioned), ['announceReady', 'runTurn']);
  assert.equal(paper.state, 'working');
});

test('a session begins in the state that its rows say, and does what that state does', () => {
  const beginnings: [Beginning, boolean, string, string[]][] = [
    ['created', true, 'created', []],
    ['provisioning', true, 'provisioning', ['announceInitializing', 'provision']],
    ['idle', false, 'idle', []],
    ['idle', true, 'working', ['runTurn']],
    ['working', true, 'working', ['runTurn']],
    ['stopping', false, 'stopping', ['announceStopping', 'release']],
  ];
  for (const [beginning, hasUnread, state, did] of beginnings) {
    const paper = new Paper(beginning, hasUnread);
    assert.deepEqual([paper.state, paper.did], [state, did], beginning);
  }
});

type Row = [from: () => Paper, event: keyof typeof events, to: string, did: string[]];

const table: Row[] = [
  [() => paperAfter('created', true), 'message', 'provisioning', ['announceInitializing', 'provision']],
  [() => paperAfter('created', true), 'passivate', 'passivated', []],
  [() => paperAfter('created', true), 'stop', 'stopping', ['announceStopping', 'release']],
  [() => paperAfter('provisioning', true), 'provisioningFailed', 'failed', [`announceFailed: ${failure.detail}`]],
  [() => paperAfter('provisioning', false), 'provisioned', 'idle', ['announceReady']],
  [() => paperAfter('provisioning', true), 'stop', 'stopping', ['announceStopping', 'release']],
  [() => paperAfter('provisioning', true), 'passivate', 'passivated', []],
  [idle, 'message', 'working', ['runTurn']],
  [idle, 'interrupt', 'idle', []],
  [idle, 'passivate', 'passivated', []],
  [idle, 'stop', 'stopping', ['announceStopping', 'release']],
  [idle, 'begin', 'idle', []],
  [working, 'message', 'working', []],
  [working, 'interrupt', 'working', ['interruptTurn']],
  [working, 'stop', 'stopping', ['announceStopping', 'release']],
  [working, 'passivate', 'passivated', []],
  [workingRead, 'turnEnded', 'idle', []],
  [() => paperAfter('stopping', false), 'stop', 'stopping', []],
  [() => paperAfter('stopping', false), 'turnEnded', 'stopping', []],
  [() => paperAfter('stopping', false), 'passivate', 'stopping', []],
  [() => paperAfter('stopping', false), 'released', 'stopped', ['announceStopped']],
];

for (const [from, event, to, did] of table) {
  const { state } = from();
  test(`a session that is ${state} and hears ${event} is ${to}${did.length > 0 ? `: ${did.join(', ')}` : ''}`, () => {
    const paper = from();
    assert.deepEqual([paper.hears(events[event]), paper.state], [did, to]);
  });
}

test('another owner’s claim ends a session in any state, and nothing is announced', () => {
  for (const paper of [idle(), working(), paperAfter('created', true), paperAfter('stopping', false)])
    assert.deepEqual([paper.hears(events.fenced), paper.state], [[], 'passivated']);
});

test('a message that comes while the agent works, and is not read in that turn, starts the next one', () => {
  const paper = workingRead();
  paper.hears(events.message);
  assert.deepEqual(paper.hears(events.turnEnded), ['runTurn']);
  assert.equal(paper.state, 'working');
});

test('a message that the agent reads before its next step needs no turn of its own', () => {
  const paper = workingRead();
  paper.hears(events.message);
  paper.hears(events.messagesRead);
  paper.hears(events.turnEnded);
  assert.equal(paper.state, 'idle');
});

test('a message during provisioning waits for it', () => {
  const paper = paperAfter('provisioning', false, 'message');
  assert.equal(paper.state, 'provisioning');
  assert.deepEqual(paper.hears(events.provisioned), ['announceReady', 'runTurn']);
});

const anyBeginning = fc.constantFrom<Beginning>('created', 'provisioning', 'idle', 'working', 'stopping');
const anyEvents = fc.array(fc.constantFrom(...Object.values(events)), { maxLength: 30 });
const finalStates = ['stopped', 'failed', 'passivated'];

test('any sequence of events leaves a session in one of the states, and what is final stays final', async () => {
  await fc.assert(
    fc.property(anyBeginning, fc.boolean(), anyEvents, (beginning, hasUnread, heard) => {
      const paper = new Paper(beginning, hasUnread);
      for (const event of heard) {
        const before = paper.state;
        const did = paper.hears(event);
        assert.ok((sessionStates as readonly string[]).includes(paper.state), paper.state);
        assert.equal(paper.snapshot.status === 'done', finalStates.includes(paper.state));
        if (finalStates.includes(before)) assert.deepEqual([paper.state, did], [before, []]);
      }
    }),
    { numRuns: 500 },
  );
});

test('whatever happens, a session is provisioned, released and ended at most once, and never after its end', async () => {
  await fc.assert(
    fc.property(anyBeginning, fc.boolean(), anyEvents, (beginning, hasUnread, heard) => {
      const paper = new Paper(beginning, hasUnread);
      for (const event of heard) paper.hears(event);
      for (const once of ['provision', 'release', 'announceStopped'])
        assert.ok(paper.did.filter((what) => what === once).length <= 1, once);
      const released = paper.did.indexOf('release');
      if (released >= 0)
        assert.deepEqual(
          paper.did.slice(released + 1).filter((what) => what !== 'announceStopped'),
          [],
        );
    }),
    { numRuns: 500 },
  );
});

test('two turns never run at the same time', async () => {
  await fc.assert(
    fc.property(anyEvents, (heard) => {
      const paper = new Paper('idle', true);
      let runs = 1;
      for (const event of heard) {
        const wasWorking = paper.state === 'working';
        runs += paper.hears(event).filter((what) => what === 'runTurn').length;
        if (wasWorking && event.type === 'turnEnded') runs--;
        assert.ok(runs <= 1);
      }
    }),
    { numRuns: 300 },
  );
});
