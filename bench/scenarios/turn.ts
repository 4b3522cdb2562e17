// An agent's turn with a stand-in for its vendor: our own time a step, and the tokens that a long task sends.
import { inDocker } from '../sandboxes/parts.ts';
import { stepTime } from './turn/step.ts';
import { tokensSent } from './turn/tokens.ts';

export const turn = inDocker({ step: stepTime, tokens: tokensSent });
