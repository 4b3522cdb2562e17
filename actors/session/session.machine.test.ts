// What a session does in each state, without running one.
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

/** A session's machine alone: its snapshot, and what it told the session to do. */
class MachineRun {
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

  sendEvent(event: SessionEvent): string[] {
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
      endWaitingTurn: did('endWaitingTurn'),
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
  turnWaits: { type: 'turnWaits' },
  goOn: { type: 'goOn' },
  stop: { type: 'stop' },
  released: { type: 'released' },
  passivate: { type: 'passivate' },
  fenced: { type: 'fenced' },
};

/** A session after these events. */
function sessionAfter(beginning: Beginning, hasUnread: boolean, ...received: (keyof typeof events)[]): MachineRun {
  const session = new MachineRun(beginning, hasUnread);
  for (const type of received) session.sendEvent(events[type]);
  return session;
}

const idle = () => sessionAfter('idle', false);
const working = () => sessionAfter('idle', false, 'message');
const waiting = () => sessionAfter('idle', false, 'message', 'messagesRead', 'turnWaits');
const workingRead = () => sessionAfter('idle', false, 'message', 'messagesRead');

test('a new session provisions, says that it is ready, and works on its task', () => {
  const session = new MachineRun('created', true);
  assert.equal(session.state, 'created');
  assert.deepEqual(session.did, []);
  assert.deepEqual(session.sendEvent(events.begin), ['announceInitializing', 'provision']);
  assert.equal(session.state, 'provisioning');
  assert.deepEqual(session.sendEvent(events.provisioned), ['announceReady', 'runTurn']);
  assert.equal(session.state, 'working');
});

test('a session begins in the state that its rows say, and does what that state does', () => {
  const beginnings: [Beginning, boolean, string, string[]][] = [
    ['created', true, 'created', []],
    ['provisioning', true, 'provisioning', ['announceInitializing', 'provision']],
    ['idle', false, 'idle', []],
    ['idle', true, 'working', ['runTurn']],
    ['working', true, 'working', ['runTurn']],
    ['waiting', false, 'waiting', []],
    ['waiting', true, 'waiting', []],
    ['stopping', false, 'stopping', ['announceStopping', 'release']],
  ];
  for (const [beginning, hasUnread, state, did] of beginnings) {
    const session = new MachineRun(beginning, hasUnread);
    assert.deepEqual([session.state, session.did], [state, did], beginning);
  }
});

type Row = [from: () => MachineRun, event: keyof typeof events, to: string, did: string[]];

const table: Row[] = [
  [() => sessionAfter('created', true), 'message', 'provisioning', ['announceInitializing', 'provision']],
  [() => sessionAfter('created', true), 'passivate', 'passivated', []],
  [() => sessionAfter('created', true), 'stop', 'stopping', ['announceStopping', 'release']],
  [() => sessionAfter('provisioning', true), 'provisioningFailed', 'failed', [`announceFailed: ${failure.detail}`]],
  [() => sessionAfter('provisioning', false), 'provisioned', 'idle', ['announceReady']],
  [() => sessionAfter('provisioning', true), 'stop', 'stopping', ['announceStopping', 'release']],
  [() => sessionAfter('provisioning', true), 'passivate', 'passivated', []],
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
  [workingRead, 'turnWaits', 'waiting', []],
  [waiting, 'goOn', 'working', ['runTurn']],
  [waiting, 'message', 'waiting', []],
  [waiting, 'interrupt', 'idle', ['endWaitingTurn']],
  [waiting, 'turnEnded', 'idle', []],
  [waiting, 'passivate', 'passivated', []],
  [waiting, 'stop', 'stopping', ['announceStopping', 'release']],
  [() => sessionAfter('stopping', false), 'stop', 'stopping', []],
  [() => sessionAfter('stopping', false), 'turnEnded', 'stopping', []],
  [() => sessionAfter('stopping', false), 'passivate', 'stopping', []],
  [() => sessionAfter('stopping', false), 'released', 'stopped', ['announceStopped']],
];

for (const [from, event, to, did] of table) {
  const { state } = from();
  test(`a session that is ${state} and sendEvent ${event} is ${to}${did.length > 0 ? `: ${did.join(', ')}` : ''}`, () => {
    const session = from();
    assert.deepEqual([session.sendEvent(events[event]), session.state], [did, to]);
  });
}

test('another owner’s claim ends a session in any state, and nothing is announced', () => {
  for (const session of [idle(), working(), sessionAfter('created', true), sessionAfter('stopping', false)])
    assert.deepEqual([session.sendEvent(events.fenced), session.state], [[], 'passivated']);
});

test('a message that comes while the agent works, and is not read in that turn, starts the next one', () => {
  const session = workingRead();
  session.sendEvent(events.message);
  assert.deepEqual(session.sendEvent(events.turnEnded), ['runTurn']);
  assert.equal(session.state, 'working');
});

test('a message that the agent reads before its next step needs no turn of its own', () => {
  const session = workingRead();
  session.sendEvent(events.message);
  session.sendEvent(events.messagesRead);
  session.sendEvent(events.turnEnded);
  assert.equal(session.state, 'idle');
});

test('a message during provisioning waits for it', () => {
  const session = sessionAfter('provisioning', false, 'message');
  assert.equal(session.state, 'provisioning');
  assert.deepEqual(session.sendEvent(events.provisioned), ['announceReady', 'runTurn']);
});

const anyBeginning = fc.constantFrom<Beginning>('created', 'provisioning', 'idle', 'working', 'waiting', 'stopping');
const anyEvents = fc.array(fc.constantFrom(...Object.values(events)), { maxLength: 30 });
const finalStates = ['stopped', 'failed', 'passivated'];

test('any sequence of events leaves a session in one of the states, and what is final stays final', async () => {
  await fc.assert(
    fc.property(anyBeginning, fc.boolean(), anyEvents, (beginning, hasUnread, received) => {
      const session = new MachineRun(beginning, hasUnread);
      for (const event of received) {
        const before = session.state;
        const did = session.sendEvent(event);
        assert.ok((sessionStates as readonly string[]).includes(session.state), session.state);
        assert.equal(session.snapshot.status === 'done', finalStates.includes(session.state));
        if (finalStates.includes(before)) assert.deepEqual([session.state, did], [before, []]);
      }
    }),
    { numRuns: 500 },
  );
});

test('whatever happens, a session is provisioned, released and ended at most once, and never after its end', async () => {
  await fc.assert(
    fc.property(anyBeginning, fc.boolean(), anyEvents, (beginning, hasUnread, received) => {
      const session = new MachineRun(beginning, hasUnread);
      for (const event of received) session.sendEvent(event);
      for (const once of ['provision', 'release', 'announceStopped'])
        assert.ok(session.did.filter((what) => what === once).length <= 1, once);
      const released = session.did.indexOf('release');
      if (released >= 0)
        assert.deepEqual(
          session.did.slice(released + 1).filter((what) => what !== 'announceStopped'),
          [],
        );
    }),
    { numRuns: 500 },
  );
});

test('two turns never run at the same time', async () => {
  await fc.assert(
    fc.property(anyEvents, (received) => {
      const session = new MachineRun('idle', true);
      let runs = 1;
      for (const event of received) {
        const wasWorking = session.state === 'working';
        runs += session.sendEvent(event).filter((what) => what === 'runTurn').length;
        if (wasWorking && (event.type === 'turnEnded' || event.type === 'turnWaits')) runs--;
        assert.ok(runs <= 1);
      }
    }),
    { numRuns: 300 },
  );
});
