// Docker sandboxes beside plain dockerode: their start, their commands, a burst of them, and a long output.
import { measureInDocker } from '../sandboxes/docker-parts.ts';
import { measureBursts } from './sandbox/burst.ts';
import { measureCommands } from './sandbox/commands.ts';
import { measureFirstOutputs } from './sandbox/first-output.ts';
import { measureOutput } from './sandbox/output.ts';

export const sandbox = measureInDocker({
  start: measureFirstOutputs,
  commands: measureCommands,
  burst: measureBursts,
  output: measureOutput,
});
