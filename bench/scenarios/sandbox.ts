// Docker sandboxes beside plain dockerode: their start, their commands, a burst of them, and a long output.
import { inDocker } from '../sandboxes/parts.ts';
import { burst } from './sandbox/burst.ts';
import { commands } from './sandbox/commands.ts';
import { output } from './sandbox/output.ts';
import { start } from './sandbox/start.ts';

export const sandbox = inDocker({ start, commands, burst, output });
