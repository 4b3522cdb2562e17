// A program with a session whose command runs for ever, for tests that kill an engine at work.
// Its arguments: the base folder, whether commands are confined, and the command.
import { openGitProxy } from '../git/open-git-proxy.ts';
import { openConfinement, unconfined } from '../local/confinement.ts';
import { LocalSource } from '../local/local-source.ts';
import { requestOf } from './sandbox-request.ts';

const [base = '', how, command = ''] = process.argv.slice(2);
const isConfined = how === 'confined';
const { proxy, socketPath } = openGitProxy(
  { kind: 'local', base, isConfined, openedHosts: [] },
  { allowed: new Set(), onBug: (error) => console.error(error) },
);
const confinement = isConfined ? openConfinement([base], { gitProxySocket: socketPath }) : Promise.resolve(unconfined);
const source = new LocalSource(base, confinement);
const granted = await proxy.grant({ repoUrl: 'https://git.example.org/user/app', token: null });
if (!granted.ok) throw new Error(granted.failure.detail);
const opened = await source.open(requestOf(`works-${process.pid}`));
if (!opened.ok) throw new Error(opened.failure.detail);
await opened.value.sandbox.run(`echo begun; ${command}`, {
  timeoutMs: 100_000,
  signal: new AbortController().signal,
  onOutput: () => setTimeout(() => console.log('works'), 300),
});
