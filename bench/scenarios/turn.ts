// An agent's turn with a stand-in for its provider: tokens beside other agents, the engine's own time of a step, a long task.
import { measureInDocker } from '../sandboxes/docker-parts.ts';
import { mergeResults, type Scenario } from '../scenario.ts';
import { measureAgents } from './turn/agents.ts';
import { measureTokensSent } from './turn/sent-tokens-cost.ts';
import { measureStepTime } from './turn/step-time.ts';

/** Needs containers, which the agents' part doesn't. */
const measureSteps = measureInDocker({ step: measureStepTime, tokens: measureTokensSent });

export const turn: Scenario = async (options) =>
  mergeResults([await measureAgents(options), await measureSteps(options)]);
