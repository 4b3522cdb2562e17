// The model of mock mode: a fixed script per turn, chosen by what the transcript holds, paced by a delay.
import { setTimeout as delay } from 'node:timers/promises';
import { v7 as uuid } from 'uuid';
import { cutText } from '../../schema/text.ts';
import type { AnswerOptions, AnswerResult, ContextEntry, Model, ModelRequest } from './model.ts';

/** From the workspace's root, wherever that is for the commands of a sandbox. */
const folder = 'project';
const quotedCharsMax = 200;

/** Makes a folder, writes `hello.py`, runs it. */
const firstTurn = (task: string): Step[] => [
  ['think', { thought: `Analyzing task: ${task}` }],
  ['shell', { command: `mkdir -p ${folder}` }],
  ['write', { path: `${folder}/hello.py`, content: '# Written by the mock agent.\nprint("Hello from Lucid!")\n' }],
  ['shell', { command: `python3 ${folder}/hello.py` }],
  ['finish', { message: `Done in mock mode: wrote and ran hello.py for "${task}".` }],
];

const followUpTurn = (message: string): Step[] => [
  ['think', { thought: `Reading the follow-up: ${message}` }],
  ['shell', { command: `ls ${folder}` }],
  ['finish', { message: `Done in mock mode: looked at the project again for "${message}".` }],
];

type Step = [tool: string, input: Record<string, string>];

const noTokens = { inputTokens: 0, outputTokens: 0, cachedTokens: 0, cacheWriteTokens: 0 };

/** The next step of the script: a pure function of the conversation. */
export function scriptedStep(context: readonly ContextEntry[]): Step {
  const lastUser = context.findLastIndex((entry) => entry.kind === 'user');
  const said = context[lastUser];
  const text = cutText(said?.kind === 'user' ? said.text : '', quotedCharsMax);
  const isFirst = !context.slice(0, Math.max(lastUser, 0)).some((entry) => entry.kind === 'user');
  const steps = isFirst ? firstTurn(text) : followUpTurn(text);
  const taken = context.slice(lastUser + 1).filter((entry) => entry.kind === 'answer').length;
  return steps[Math.min(taken, steps.length - 1)] as Step;
}

export class ScriptedModel implements Model {
  readonly name = 'mock/scripted';
  readonly contextTokensMax = Number.POSITIVE_INFINITY;
  readonly #stepDelayMs: number;

  constructor(stepDelayMs: number) {
    this.#stepDelayMs = stepDelayMs;
  }

  async answer({ context }: ModelRequest, { signal, onDelta }: AnswerOptions): Promise<AnswerResult> {
    const [name, input] = scriptedStep(context);
    if (this.#stepDelayMs > 0) {
      if (input.thought !== undefined) onDelta({ kind: 'thought', text: input.thought });
      await delay(this.#stepDelayMs, undefined, { signal }).catch(() => undefined);
    }
    if (signal.aborted) return { kind: 'cancelled' };
    const toolCalls = [{ id: uuid(), name, input }];
    return { kind: 'answered', answer: { thoughts: [], text: '', toolCalls, usage: noTokens, stop: 'toolCalls' } };
  }
}
