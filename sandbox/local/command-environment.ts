// Makes the environment of a session's commands, without the engine's own, which holds keys.
import path from 'node:path';
import { searchPath } from './bubblewrap.ts';
import type { CommandPaths } from './confinement.ts';
import { engineVariable, nameOfEngineProcess } from './leftovers.ts';
import { ripgrepPath } from './ripgrep.ts';

/** The engine's search program comes first, since the machine's own may be too old. */
const commandSearchPath = [...(ripgrepPath === undefined ? [] : [path.dirname(ripgrepPath)]), searchPath].join(':');

export const environmentOf = ({ home, temporary }: CommandPaths): Record<string, string> => ({
  PATH: commandSearchPath,
  HOME: home,
  TMPDIR: temporary,
  LANG: 'C.UTF-8',
  TERM: 'dumb',
  PAGER: 'cat',
  GIT_TERMINAL_PROMPT: '0',
  [engineVariable]: nameOfEngineProcess() ?? '',
});
