// A real engine whose model is stood in for, so that a test says what the agent does and when.
import { FakeProvider } from '../../../actors/testing/provider/fake-provider.ts';
import { answer, type Step } from '../../../actors/testing/provider/steps.ts';
import type { PlayedAnswer } from '../../../actors/testing/provider/wire.ts';
import { signTestToken, startTestEngine, type TestEngine } from '../../../engine/testing/engine.ts';

export type ScriptedEngine = {
  engine: TestEngine;
  provider: FakeProvider;
  /** What the command needs to reach it. */
  env: Record<string, string>;
  plan(...steps: Step[]): void;
  close(): Promise<void>;
};

export async function startScriptedEngine(): Promise<ScriptedEngine> {
  const provider = await FakeProvider.open();
  const engine = await startTestEngine({
    environment: { ANTHROPIC_API_KEY: 'sk-ant-0123456789abcdef', LLM_BASE_URL: provider.url, SANDBOX: 'memory' },
  });
  return {
    engine,
    provider,
    env: { LUCID_URL: engine.http, LUCID_TOKEN: await signTestToken('ada') },
    plan: (...steps) => void provider.plan('anthropic', ...steps),
    close: async () => {
      await engine.close();
      await provider.close();
    },
  };
}

export type Held = { step: Step; release(): void };

/** A step that is played once it is let go. */
export function hold(step: Step): Held {
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  return {
    release: () => release(),
    step: async (playing) => {
      await released;
      if (!playing.isClosed()) await step(playing);
    },
  };
}

/** An answer that runs a command. */
export const runsCommand = (command: string, more: PlayedAnswer = {}): Step =>
  answer({ ...more, calls: [{ name: 'bash', input: { command } }] });
