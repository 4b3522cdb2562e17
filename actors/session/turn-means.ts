// What a turn works with, as the user chose it: a model, its tools and instructions, and how far the turn may go.
import type { Sandbox } from '../../sandbox/sandbox.ts';
import type { Choice } from '../../schema/choice.ts';
import { type Outcome, succeeded } from '../../schema/error.ts';
import type { HostConfig } from '../../schema/thread.ts';
import type { Model } from '../models/model.ts';
import { makeToolSet, type ToolSet } from '../tools/tool-set.ts';
import type { SessionParts } from './session-parts.ts';
import { systemPromptOf } from './system-prompt.ts';
import { findLastUserSequence } from './transcript.ts';
import { choiceOfTurn } from './turn-choice.ts';

export type TurnLimits = { iterationsMax: number; timeoutMs: number };
export type Means = TurnLimits & { model: Model; toolSet: ToolSet; system: string };

export const limitsOf = ({ iterationsMax, timeoutMs }: Choice, config: HostConfig): TurnLimits => ({
  iterationsMax: iterationsMax ?? config.iterationsMax,
  timeoutMs: timeoutMs ?? config.conversationTimeoutMs,
});

type MeansParts = Pick<SessionParts, 'record' | 'recorder' | 'credentials' | 'workspace' | 'mcpServers'>;

/** The means of a turn, which change with the messages that it reads. */
export class TurnMeans {
  readonly #parts: MeansParts;
  readonly #config: HostConfig;
  readonly #sandbox: Sandbox;
  #current: Means;
  #chosenThrough: number;
  /** The last event by which it was looked for messages: a step asks for each of the means. */
  #lookedThrough: number;

  private constructor(parts: MeansParts, config: HostConfig, sandbox: Sandbox, current: Means) {
    this.#parts = parts;
    this.#config = config;
    this.#sandbox = sandbox;
    this.#current = current;
    this.#chosenThrough = findLastUserSequence(parts.recorder.events);
    this.#lookedThrough = parts.recorder.sequence;
  }

  /** Fails where the model can't be asked. */
  static open(parts: MeansParts, config: HostConfig, sandbox: Sandbox): Outcome<TurnMeans> {
    const means = makeMeans(parts, config, sandbox);
    return means.ok ? succeeded(new TurnMeans(parts, config, sandbox, means.value)) : means;
  }

  /** The same ones until a message comes; those of before where the model that it chooses can't be asked. */
  get current(): Means {
    const { events, sequence } = this.#parts.recorder;
    if (sequence === this.#lookedThrough) return this.#current;
    this.#lookedThrough = sequence;
    const through = findLastUserSequence(events);
    if (through === this.#chosenThrough) return this.#current;
    this.#chosenThrough = through;
    const means = makeMeans(this.#parts, this.#config, this.#sandbox);
    if (means.ok && !isSame(means.value, this.#current)) this.#current = means.value;
    return this.#current;
  }
}

/** Whether nothing was chosen anew, so that what was learned of tools and model stays. */
const isSame = (one: Means, other: Means): boolean =>
  one.model === other.model &&
  one.system === other.system &&
  one.iterationsMax === other.iterationsMax &&
  one.timeoutMs === other.timeoutMs &&
  namesOf(one) === namesOf(other);

const namesOf = ({ toolSet }: Means): string => toolSet.described.map(({ name }) => name).join();

function makeMeans(
  { record, recorder, credentials, workspace, mcpServers }: MeansParts,
  config: HostConfig,
  sandbox: Sandbox,
): Outcome<Means> {
  const choice = choiceOfTurn(recorder.events, record.settings);
  const model = credentials.chooseModel(choice);
  if (!model.ok) return model;
  const toolSet = makeToolSet({
    allowed: choice.tools,
    served: mcpServers.served,
    policy: record.settings.policy,
    folder: workspace.projectFolder,
  });
  const system = systemPromptOf({
    ...workspace.collectFacts(sandbox),
    model: model.value.name,
    operatorInstructions: config.operator.instructions,
    tools: toolSet.described,
    mode: record.settings.policy?.mode,
    mcpServers: mcpServers.served && mcpServers.names,
  });
  return succeeded({ model: model.value, toolSet, system, ...limitsOf(choice, config) });
}
