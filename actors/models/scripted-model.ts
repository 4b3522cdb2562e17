// The model of mock mode: a fixed script per turn, chosen by what the transcript holds, paced by a delay.
import { setTimeout as delay } from 'node:timers/promises';
import { cutText } from '../../schema/rules/text.ts';
import { createId } from '../create-id.ts';
import { countEmitted, parseEmission, writeThoughts } from './emission.ts';
import {
  type AnswerOptions,
  type AnswerResult,
  type ContextEntry,
  type Model,
  type ModelRequest,
  noTokens,
} from './model.ts';

/** Relative to the workspace's root, which sandboxes have in different places. */
const folder = 'project';
const quotedCharsMax = 200;

const firstTurnOf = (task: string): Step[] => [
  ['think', { thought: `Analyzing task: ${task}` }],
  ['shell', { command: `mkdir -p ${folder}` }],
  ['write', { path: `${folder}/hello.py`, content: '# Written by the mock agent.\nprint("Hello from Lucid!")\n' }],
  ['shell', { command: `python3 ${folder}/hello.py` }],
  ['finish', { message: `Done in mock mode: wrote and ran hello.py for "${task}".` }],
];

const followUpTurnOf = (message: string): Step[] => [
  ['think', { thought: `Reading the follow-up: ${message}` }],
  ['shell', { command: `ls ${folder}` }],
  ['finish', { message: `Done in mock mode: looked at the project again for "${message}".` }],
];

type Step = [tool: string, input: Record<string, string>];

type Progress = { message: string; isFirst: boolean; answers: number; lastThought: string };

/** The last message of the user, how many answers to it are still known, and what was thought last. */
function progressOf(context: readonly ContextEntry[]): Progress {
  const lastUser = context.findLastIndex((entry) => entry.kind === 'user');
  const lastMessage = context[lastUser];
  const isFirst = !context.slice(0, Math.max(lastUser, 0)).some((entry) => entry.kind === 'user');
  const answers = context.slice(lastUser + 1).filter((entry) => entry.kind === 'answer');
  const lastInput = answers.at(-1)?.calls.at(-1)?.call.input as { thought?: string } | undefined;
  return {
    message: lastMessage?.kind === 'user' ? lastMessage.text : '',
    isFirst,
    answers: answers.length,
    lastThought: lastInput?.thought ?? '',
  };
}

/** The next step of the script: a pure function of the conversation. */
export function findScriptedStep(context: readonly ContextEntry[]): Step {
  const { message, isFirst, answers } = progressOf(context);
  const text = cutText(message, quotedCharsMax);
  const steps = isFirst ? firstTurnOf(text) : followUpTurnOf(text);
  return steps[Math.min(answers, steps.length - 1)] as Step;
}

/** The next steps of the mock agent, several at once only where a load test asks for it, and how long they take. */
function planAnswer(context: readonly ContextEntry[], stepDelayMs: number): { steps: Step[]; delayMs: number } {
  const { message, lastThought } = progressOf(context);
  const emission = parseEmission(message);
  if (!emission) return { steps: [findScriptedStep(context)], delayMs: stepDelayMs };
  const thoughts = writeThoughts(emission, countEmitted(lastThought));
  if (thoughts.length === 0)
    return { steps: [['finish', { message: `Emitted ${emission.events} events.` }]], delayMs: 0 };
  return { steps: thoughts.map((thought): Step => ['think', { thought }]), delayMs: emission.everyMs };
}

export class ScriptedModel implements Model {
  readonly name = 'mock/scripted';
  readonly contextTokensMax = Number.POSITIVE_INFINITY;
  readonly stepsMax = Number.POSITIVE_INFINITY; // A script ends by itself.
  readonly #stepDelayMs: number;

  constructor(stepDelayMs: number) {
    this.#stepDelayMs = stepDelayMs;
  }

  async answer({ context }: ModelRequest, { signal, onDelta }: AnswerOptions): Promise<AnswerResult> {
    const { steps, delayMs } = planAnswer(context, this.#stepDelayMs);
    if (delayMs > 0) {
      const [[, { thought }] = ['', {}]] = steps;
      if (steps.length === 1 && thought !== undefined) onDelta({ kind: 'thought', text: thought });
      await delay(delayMs, undefined, { signal }).catch(() => undefined);
    }
    if (signal.aborted) return { kind: 'cancelled' };
    const toolCalls = steps.map(([name, input]) => ({ id: createId(), name, input }));
    return { kind: 'answered', answer: { thoughts: [], text: '', toolCalls, usage: noTokens, stop: 'toolCalls' } };
  }
}
