// An agent's turn with a stand-in for its provider: the engine's own time of a step, and the tokens of a long task.
import { measureInDocker } from '../sandboxes/docker-parts.ts';
import { measureTokensSent } from './turn/sent-tokens-cost.ts';
import { measureStepTime } from './turn/step-time.ts';

export const turn = measureInDocker({ step: measureStepTime, tokens: measureTokensSent });
