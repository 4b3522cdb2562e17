// The life of a session as a pure machine: which states there are, and what leads from one to another (design §4).
import { assign, setup } from 'xstate';
import type { Failure } from '../../schema/error.ts';

/** What a session does when the machine says so. The machine itself does nothing. */
export type SessionEffects = {
  announceInitializing(): void;
  provision(): void;
  announceReady(): void;
  runTurn(): void;
  interruptTurn(): void;
  announceStopping(): void;
  release(): void;
  announceStopped(): void;
  announceFailed(failure: Failure): void;
};

/** Where the machine begins: a new session, or one read back from its rows. */
export type Beginning = 'created' | 'provisioning' | 'idle' | 'working' | 'stopping';

export type SessionEvent =
  | { type: 'begin' }
  | { type: 'provisioned' }
  | { type: 'provisioningFailed'; failure: Failure }
  | { type: 'message' }
  | { type: 'messagesRead' }
  | { type: 'interrupt' }
  | { type: 'turnEnded' }
  | { type: 'stop' }
  | { type: 'released' }
  | { type: 'passivate' }
  | { type: 'fenced' };

/** `hasUnread`: a message is there that the agent has not read; for a new session, its task. */
type SessionInput = { effects: SessionEffects; beginning: Beginning; hasUnread: boolean };
type SessionContext = SessionInput;

/** What leads out of every state that isn't final. */
const leaving = { fenced: 'passivated', stop: 'stopping' } as const;

export const sessionMachine = setup({
  types: { context: {} as SessionContext, events: {} as SessionEvent, input: {} as SessionInput },
  actions: {
    announceInitializing: ({ context }) => context.effects.announceInitializing(),
    provision: ({ context }) => context.effects.provision(),
    announceReady: ({ context }) => context.effects.announceReady(),
    runTurn: ({ context }) => context.effects.runTurn(),
    interruptTurn: ({ context }) => context.effects.interruptTurn(),
    announceStopping: ({ context }) => context.effects.announceStopping(),
    release: ({ context }) => context.effects.release(),
    announceStopped: ({ context }) => context.effects.announceStopped(),
    announceFailed: ({ context, event }) => {
      if (event.type === 'provisioningFailed') context.effects.announceFailed(event.failure);
    },
    markUnread: assign({ hasUnread: true }),
    markRead: assign({ hasUnread: false }),
  },
  guards: {
    hasUnread: ({ context }) => context.hasUnread,
    beginsCreated: ({ context }) => context.beginning === 'created',
    beginsProvisioning: ({ context }) => context.beginning === 'provisioning',
    beginsStopping: ({ context }) => context.beginning === 'stopping',
    beginsWorking: ({ context }) => context.beginning === 'working',
  },
}).createMachine({
  id: 'session',
  context: ({ input }) => input,
  initial: 'beginning',
  states: {
    beginning: {
      always: [
        { guard: 'beginsCreated', target: 'created' },
        { guard: 'beginsProvisioning', target: 'provisioning' },
        { guard: 'beginsStopping', target: 'stopping' },
        { guard: 'beginsWorking', target: 'working' },
        { target: 'idle' },
      ],
    },
    created: { on: { ...leaving, begin: 'provisioning', message: 'provisioning', passivate: 'passivated' } },
    provisioning: {
      entry: ['announceInitializing', 'provision'],
      on: {
        ...leaving,
        message: { actions: 'markUnread' },
        provisioned: { target: 'idle', actions: 'announceReady' },
        provisioningFailed: { target: 'failed', actions: 'announceFailed' },
        passivate: 'passivated',
      },
    },
    idle: {
      always: { guard: 'hasUnread', target: 'working' },
      on: { ...leaving, message: { actions: 'markUnread' }, passivate: 'passivated' },
    },
    working: {
      entry: 'runTurn',
      on: {
        ...leaving,
        message: { actions: 'markUnread' },
        messagesRead: { actions: 'markRead' },
        interrupt: { actions: 'interruptTurn' },
        turnEnded: 'idle',
        passivate: 'passivated',
      },
    },
    stopping: {
      entry: ['announceStopping', 'release'],
      on: { fenced: 'passivated', released: { target: 'stopped', actions: 'announceStopped' } },
    },
    stopped: { type: 'final' },
    failed: { type: 'final' },
    passivated: { type: 'final' },
  },
});
