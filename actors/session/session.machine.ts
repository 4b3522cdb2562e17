// The states of a session as a pure machine, and what leads from one to another.
import { assign, setup } from 'xstate';
import type { Failure } from '../../schema/error.ts';
import type { Command } from '../../schema/thread.ts';

/** What a session does when the machine says so. The machine itself does nothing. */
export type SessionMachineDependencies = {
  announceInitializing(): void;
  openWorkspace(): void;
  announceReady(): void;
  startTurn(): void;
  interruptTurn(): void;
  /** For a task that is interrupted before its turn has begun. */
  announceInterrupted(): void;
  /** For a turn that is interrupted while it waits for a person. */
  endWaitingTurn(): void;
  announceStopping(): void;
  giveWorkspaceBack(): void;
  announceStopped(): void;
  announceFailed(failure: Failure): void;
};

/** The state that the machine begins in: of a new session, or of one read back from its rows. */
export type Beginning = 'created' | 'provisioning' | 'idle' | 'working' | 'waiting' | 'stopping';

export type SessionEvent =
  | { type: 'begin' }
  | { type: 'provisioned' }
  | { type: 'provisioningFailed'; failure: Failure }
  | { type: 'message' }
  | { type: 'messagesRead' }
  | { type: 'interrupt' }
  | { type: 'turnEnded' }
  /** The turn waits for a person. */
  | { type: 'turnWaits' }
  /** A person has spoken. */
  | { type: 'goOn' }
  | { type: 'stop' }
  | { type: 'released' }
  | { type: 'passivate' }
  | { type: 'fenced' };

/** `hasUnread`: whether there is a message that the agent has not read; for a new session, its task. */
type SessionInput = { dependencies: SessionMachineDependencies; beginning: Beginning; hasUnread: boolean };
type SessionContext = SessionInput;

/** The transition that every state has that isn't final. */
const fencedReaction = { fenced: 'passivated' } as const;

/** The command is stored and acknowledged, and there is nothing to do about it. */
const noReaction = {} as const;

/** What each command does in each state that takes any; what answers and decisions do is up to the calls that wait: `goOn`. */
const commandReactions = {
  created: { message: 'provisioning', interrupt: noReaction, stop: 'stopping' },
  provisioning: {
    message: { actions: 'markUnread' },
    interrupt: { guard: 'hasUnread', actions: ['announceInterrupted', 'markRead'] },
    stop: 'stopping',
  },
  idle: { message: { actions: 'markUnread' }, interrupt: noReaction, stop: 'stopping' },
  working: { message: { actions: 'markUnread' }, interrupt: { actions: 'interruptTurn' }, stop: 'stopping' },
  waiting: {
    message: { actions: 'markUnread' },
    interrupt: { target: 'idle', actions: ['endWaitingTurn', 'markRead'] },
    stop: 'stopping',
  },
  stopping: { message: noReaction, interrupt: noReaction, stop: noReaction },
} as const satisfies Record<string, Record<Exclude<Command['type'], 'answer' | 'decide'>, unknown>>;

export const sessionMachine = setup({
  types: { context: {} as SessionContext, events: {} as SessionEvent, input: {} as SessionInput },
  actions: {
    announceInitializing: ({ context }) => context.dependencies.announceInitializing(),
    provision: ({ context }) => context.dependencies.openWorkspace(),
    announceReady: ({ context }) => context.dependencies.announceReady(),
    runTurn: ({ context }) => context.dependencies.startTurn(),
    interruptTurn: ({ context }) => context.dependencies.interruptTurn(),
    announceInterrupted: ({ context }) => context.dependencies.announceInterrupted(),
    endWaitingTurn: ({ context }) => context.dependencies.endWaitingTurn(),
    announceStopping: ({ context }) => context.dependencies.announceStopping(),
    release: ({ context }) => context.dependencies.giveWorkspaceBack(),
    announceStopped: ({ context }) => context.dependencies.announceStopped(),
    announceFailed: ({ context, event }) => {
      if (event.type === 'provisioningFailed') context.dependencies.announceFailed(event.failure);
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
    beginsWaiting: ({ context }) => context.beginning === 'waiting',
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
        { guard: 'beginsWaiting', target: 'waiting' },
        { target: 'idle' },
      ],
    },
    created: { on: { ...fencedReaction, ...commandReactions.created, begin: 'provisioning', passivate: 'passivated' } },
    provisioning: {
      entry: ['announceInitializing', 'provision'],
      on: {
        ...fencedReaction,
        ...commandReactions.provisioning,
        provisioned: { target: 'idle', actions: 'announceReady' },
        provisioningFailed: { target: 'failed', actions: 'announceFailed' },
        passivate: 'passivated',
      },
    },
    idle: {
      always: { guard: 'hasUnread', target: 'working' },
      on: { ...fencedReaction, ...commandReactions.idle, passivate: 'passivated' },
    },
    working: {
      entry: 'runTurn',
      on: {
        ...fencedReaction,
        ...commandReactions.working,
        messagesRead: { actions: 'markRead' },
        turnEnded: 'idle',
        turnWaits: 'waiting',
        passivate: 'passivated',
      },
    },
    waiting: {
      on: {
        ...fencedReaction,
        ...commandReactions.waiting,
        goOn: 'working',
        turnEnded: { target: 'idle', actions: 'markRead' },
        passivate: 'passivated',
      },
    },
    stopping: {
      entry: ['announceStopping', 'release'],
      on: {
        ...fencedReaction,
        ...commandReactions.stopping,
        released: { target: 'stopped', actions: 'announceStopped' },
      },
    },
    stopped: { type: 'final' },
    failed: { type: 'final' },
    passivated: { type: 'final' },
  },
});
