// The life of a session as a pure machine: which states there are, and what leads from one to another (design §4).
import { assign, setup } from 'xstate';
import type { Failure } from '../../schema/error.ts';
import type { Command } from '../../schema/thread.ts';

/** What a session does when the machine says so. The machine itself does nothing. */
export type SessionEffects = {
  announceInitializing(): void;
  provision(): void;
  announceReady(): void;
  runTurn(): void;
  interruptTurn(): void;
  /** The task is interrupted before its turn has begun: it is not worked on. */
  announceInterrupted(): void;
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
const leaving = { fenced: 'passivated' } as const;

/** The command is stored and acknowledged, and there is nothing to do about it. */
const nothing = {} as const;

/** What each command does in each state that takes any. The compiler wants all of them. */
const commands = {
  created: { message: 'provisioning', interrupt: nothing, stop: 'stopping' },
  provisioning: {
    message: { actions: 'markUnread' },
    interrupt: { guard: 'hasUnread', actions: ['announceInterrupted', 'markRead'] },
    stop: 'stopping',
  },
  idle: { message: { actions: 'markUnread' }, interrupt: nothing, stop: 'stopping' },
  working: { message: { actions: 'markUnread' }, interrupt: { actions: 'interruptTurn' }, stop: 'stopping' },
  stopping: { message: nothing, interrupt: nothing, stop: nothing },
} as const satisfies Record<string, Record<Command['type'], unknown>>;

export const sessionMachine = setup({
  types: { context: {} as SessionContext, events: {} as SessionEvent, input: {} as SessionInput },
  actions: {
    announceInitializing: ({ context }) => context.effects.announceInitializing(),
    provision: ({ context }) => context.effects.provision(),
    announceReady: ({ context }) => context.effects.announceReady(),
    runTurn: ({ context }) => context.effects.runTurn(),
    interruptTurn: ({ context }) => context.effects.interruptTurn(),
    announceInterrupted: ({ context }) => context.effects.announceInterrupted(),
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
    created: { on: { ...leaving, ...commands.created, begin: 'provisioning', passivate: 'passivated' } },
    provisioning: {
      entry: ['announceInitializing', 'provision'],
      on: {
        ...leaving,
        ...commands.provisioning,
        provisioned: { target: 'idle', actions: 'announceReady' },
        provisioningFailed: { target: 'failed', actions: 'announceFailed' },
        passivate: 'passivated',
      },
    },
    idle: {
      always: { guard: 'hasUnread', target: 'working' },
      on: { ...leaving, ...commands.idle, passivate: 'passivated' },
    },
    working: {
      entry: 'runTurn',
      on: {
        ...leaving,
        ...commands.working,
        messagesRead: { actions: 'markRead' },
        turnEnded: 'idle',
        passivate: 'passivated',
      },
    },
    stopping: {
      entry: ['announceStopping', 'release'],
      on: { ...leaving, ...commands.stopping, released: { target: 'stopped', actions: 'announceStopped' } },
    },
    stopped: { type: 'final' },
    failed: { type: 'final' },
    passivated: { type: 'final' },
  },
});
