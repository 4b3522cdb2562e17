// Makes the environment of a session's commands, without the engine's own, which holds keys.
import path from 'node:path';
import { searchPath } from './bubblewrap.ts';
import type { CommandPaths } from './confinement.ts';
import { engineVariable, nameOfEngineProcess } from './leftovers.ts';
import { environmentOfToolchains, findToolchains } from './toolchains.ts';

/** What the agent installs for itself goes to these folders of its home. */
const ownProgramFolders = ['.local/bin', '.cargo/bin', 'go/bin'];

/**
 * The engine's search program comes first, since the machine's own may be too old; then what the agent has installed, the
 * operator's toolchains and the machine's own programs.
 */
export function environmentOf({ home, temporary, search }: CommandPaths): Record<string, string> {
  const { programFolders, variables } = environmentOfToolchains(findToolchains());
  const own = ownProgramFolders.map((folder) => path.join(home, folder));
  return {
    PATH: [...(search === undefined ? [] : [search]), ...own, ...programFolders, searchPath].join(':'),
    HOME: home,
    TMPDIR: temporary,
    LANG: 'C.UTF-8',
    TERM: 'dumb',
    PAGER: 'cat',
    GIT_TERMINAL_PROMPT: '0',
    NPM_CONFIG_PREFIX: path.join(home, '.local'),
    PIP_BREAK_SYSTEM_PACKAGES: '1',
    ...variables,
    [engineVariable]: nameOfEngineProcess() ?? '',
  };
}
