// What a command prints in a real sandbox is seen in a real terminal while it runs, once.
import assert from 'node:assert/strict';
import { answer } from '../../../actors/testing/provider/steps.ts';
import { shareTestAgents, testIn } from '../../../engine/testing/agents.ts';
import { signTestToken } from '../../../engine/testing/engine.ts';
import { createClient } from '../../client/index.ts';
import { runsCommand } from '../testing/scripted-engine.ts';
import { Terminal } from '../testing/terminal.ts';

const openAgents = shareTestAgents('local');

testIn.local('what a command prints is seen while it runs, and once', async (t) => {
  const agents = await openAgents();
  agents.fakeProvider.plan(
    'anthropic',
    runsCommand('echo fir"st"; until [ -e go ]; do sleep 0.02; done; rm go; echo la"st"; exit 3'),
    answer({ text: 'It has ended.' }),
  );
  const token = await signTestToken('ada');
  const terminal = Terminal.lucid(['run', 'Wait'], { LUCID_URL: agents.engine.http, LUCID_TOKEN: token });
  t.after(() => terminal.close());
  await terminal.see(/ {2}first/);
  const { sessions } = await createClient({ baseUrl: agents.engine.http, token }).sessions.list();
  await agents.touchFile({ sessionId: sessions[0]?.sessionId ?? '' }, 'go');
  await terminal.see(/ {2}last[\s\S]*exit code 3[\s\S]*It has ended\./);
  assert.equal(await terminal.ended, 0);
  assert.deepEqual([terminal.raw.split('  first\r\n').length, terminal.raw.split('  last\r\n').length], [2, 2]);
});
