// An agent's turn with a stand-in for its provider: our own time a step, and the tokens that a long task sends.
import { measureInDocker } from '../sandboxes/docker-parts.ts';
import { measureTokensSent } from './turn/sent-tokens-cost.ts';
import { measureStepTime } from './turn/step-time.ts';

export const turn = measureInDocker({ step: measureStepTime, tokens: measureTokensSent });
