// A scripted engine and the command, for tests of what scripts see.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, afterEach, before } from 'node:test';
import { answer } from '../../../actors/testing/provider/steps.ts';
import { createClient, type Lucid } from '../../client/index.ts';
import { type Ran, runCommand } from './run-command.ts';
import { runsCommand, type ScriptedEngine, startScriptedEngine } from './scripted-engine.ts';

export type ScriptedCommand = ScriptedEngine & {
  /** Where the command is run. */
  folder: string;
  lucid(...args: string[]): Promise<Ran>;
  client: Lucid;
  /** A session that has done one thing, and rests. */
  makeSession(): Promise<{ id: string; chatId: string }>;
};

/** All tests of a file share one. */
export function shareScriptedCommand(): () => ScriptedCommand {
  let scripted: ScriptedEngine;
  let folder: string;
  before(async () => {
    scripted = await startScriptedEngine();
    folder = await mkdtemp(path.join(tmpdir(), 'lucid-scripts-'));
  });
  after(async () => {
    await scripted.close();
    await rm(folder, { recursive: true });
  });
  afterEach(() => scripted.provider.reset());
  return () => {
    const { env, engine } = scripted;
    const client = createClient({ baseUrl: engine.http, token: env.LUCID_TOKEN ?? '' });
    const lucid = (...args: string[]) => runCommand(args, { env, cwd: folder });
    const makeSession = async () => {
      scripted.plan(runsCommand('echo "a = 1" > a.py'), answer({ text: 'It is there.' }));
      const { stdout } = await lucid('run', '--json', 'Write a file');
      const { sessionId } = JSON.parse(stdout.split('\n')[0] ?? '') as { sessionId: string };
      return { id: sessionId, chatId: (await client.sessions.read(sessionId)).chatId };
    };
    return { ...scripted, folder, lucid, client, makeSession };
  };
}

export const framesOf = (text: string): Record<string, unknown>[] =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
