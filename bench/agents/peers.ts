// Other agents, each by the command that its users type; installed when first asked for, into a cache outside of the repository.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { vendorKey } from './ours.ts';
import { type Speak, speakMini, speakPi } from './speech.ts';

/** What is run where an agent isn't installed yet, and what then works on a task in the folder that it is started in. */
export type Peer = {
  name: string;
  version: string;
  speak: Speak;
  install(folder: string): Promise<void>;
  run(task: PeerTask): Promise<void>;
};

type PeerTask = {
  installed: string;
  /** An empty folder, for its settings. */
  home: string;
  project: string;
  vendorUrl: string;
  task: string;
  model: string;
};

const cacheFolder = process.env.BENCH_AGENTS ?? path.join(homedir(), '.cache', 'lucid-bench', 'agents');

const miniSweAgent: Peer = {
  name: 'mini-swe-agent',
  version: '2.4.6',
  speak: speakMini,
  install: async (folder) => {
    await runProgram('python3', ['-m', 'venv', folder]);
    await runProgram(path.join(folder, 'bin', 'pip'), [
      'install',
      '--quiet',
      `mini-swe-agent==${miniSweAgent.version}`,
    ]);
  },
  run: ({ installed, home, project, vendorUrl, task, model }) =>
    runProgram(
      path.join(installed, 'bin', 'mini'),
      [
        ...['--model', `anthropic/${model}`, '--task', task, '--yolo', '--exit-immediately'],
        ...['--output', path.join(home, 'trajectory.json'), '--config', 'mini.yaml'],
        ...['--config', `model.model_kwargs.api_base=${vendorUrl}`, '--config', 'model.cost_tracking=ignore_errors'],
      ],
      {
        cwd: project,
        env: {
          ...environmentOf(home),
          MSWEA_CONFIGURED: 'true',
          MSWEA_GLOBAL_CONFIG_DIR: home,
          ANTHROPIC_API_KEY: vendorKey,
        },
      },
    ),
};

const pi: Peer = {
  name: 'pi',
  version: '0.73.1',
  speak: speakPi,
  install: (folder) =>
    runProgram('npm', [
      ...['install', '--prefix', folder, '--no-audit', '--no-fund', '--silent', '--ignore-scripts'],
      `@mariozechner/pi-coding-agent@${pi.version}`,
    ]),
  run: async ({ installed, home, project, vendorUrl, task, model }) => {
    const models = [{ id: model, name: model, contextWindow: 1_000_000, maxTokens: 32_000 }];
    const anthropic = { baseUrl: vendorUrl, apiKey: vendorKey, api: 'anthropic-messages', models };
    writeFileSync(path.join(home, 'models.json'), JSON.stringify({ providers: { anthropic } }));
    await runProgram(
      path.join(installed, 'node_modules', '.bin', 'pi'),
      ['--print', '--no-session', '--provider', 'anthropic', '--model', model, task],
      { cwd: project, env: { ...environmentOf(home), PI_CODING_AGENT_DIR: home, PI_OFFLINE: '1' } },
    );
  },
};

export const peers: readonly Peer[] = [miniSweAgent, pi];

/** @returns the folder that the agent is installed in */
export async function installPeer(peer: Peer): Promise<string> {
  const folder = path.join(cacheFolder, `${peer.name}-${peer.version}`);
  const mark = path.join(folder, 'installed');
  if (existsSync(mark)) return folder;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  await peer.install(folder);
  writeFileSync(mark, '');
  return folder;
}

/** Nothing of the person who runs the bench: no keys, no settings, no proxy. */
const environmentOf = (home: string): Record<string, string> => ({
  PATH: process.env.PATH ?? '',
  HOME: home,
  LANG: 'C.UTF-8',
  TERM: 'dumb',
});

/** The end of what it printed is in the error. */
const printedCharsMax = 2_000;
const timeoutMs = 600_000;

function runProgram(
  program: string,
  parameters: readonly string[],
  options: { cwd?: string; env?: Record<string, string> } = {},
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const child = spawn(program, parameters, { ...options, timeout: timeoutMs, stdio: ['ignore', 'pipe', 'pipe'] });
  let printed = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      printed = (printed + chunk).slice(-printedCharsMax);
    });
  child.once('error', reject);
  child.once('close', (code) =>
    code === 0 ? resolve() : reject(new Error(`${program} ended with ${code}: ${printed}`)),
  );
  return promise;
}
