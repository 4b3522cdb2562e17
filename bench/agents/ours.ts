// Our own engine as one of the agents: with local sandboxes, the vendor as its provider, and the repository on a git server.
import type { TurnAnswers } from '../generators/turn-load.ts';
import { Child } from '../processes/child.ts';
import { startEngine } from '../server/start-engine.ts';
import { type ProjectServer, startProjectServer } from './project-server.ts';

/** The vendor takes any. */
export const vendorKey = 'stand-in-key-0123456789';

/** More steps than any script has. */
const stepsMax = 100;

export type OurTask = { checkout: string; vendorUrl: string; task: string; model: string };

/** Runs one turn on a clone of the project. */
export async function runOurs({ checkout, vendorUrl, task, model }: OurTask): Promise<void> {
  const git = await startProjectServer();
  try {
    await runTurn({ checkout, vendorUrl, task, model }, git);
  } finally {
    await git.close();
  }
}

async function runTurn({ checkout, vendorUrl, task, model }: OurTask, git: ProjectServer): Promise<void> {
  const client = new Child<TurnAnswers>('generators/turn-load.ts');
  const engine = await startEngine(checkout, {
    dropsRows: false,
    environment: {
      SANDBOX: 'local',
      ALLOW_LOCAL_SANDBOX: '1',
      LLM_BASE_URL: vendorUrl,
      LLM_API_KEY: vendorKey,
      ANTHROPIC_MODEL: model,
      MAX_ITERATIONS: String(stepsMax),
      GIT_ALLOWED_HTTP_HOSTS: git.host,
    },
  });
  const firstMessage = {
    task,
    modelProvider: 'anthropic',
    repoUrl: git.url,
    branch: 'main',
    gitUserName: 'Bench',
    gitUserEmail: 'bench@lucid.invalid',
  };
  await client.ask('run', { target: engine.address, firstMessage });
  await Promise.all([engine.process, client].map((child) => child.end()));
}
