// A session whose agent waits for a command that never ends.
import { succeeded } from '../../schema/error.ts';
import { waitUntil } from './event-loop.ts';
import { answerWith, FakeModel, shell } from './fake-model.ts';
import { HangingSandbox } from './hanging-sandbox.ts';
import { createSession, type TestSession } from './test-session.ts';

export async function startHangingCommand(): Promise<{ test: TestSession; sandbox: HangingSandbox }> {
  const sandbox = new HangingSandbox();
  const model = new FakeModel(answerWith('', shell('sleep 1000')));
  const test = createSession({ model, makeSandbox: async () => succeeded(sandbox) });
  await waitUntil('the command runs', () => sandbox.isRunning);
  return { test, sandbox };
}
