// Viewers of one session wait for each other, and neither for those of another nor the owner for them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as pass } from 'node:timers/promises';
import { sandboxCommandsMax } from '../../sandbox/scheduling/command-queue.ts';
import { succeeded } from '../../schema/error.ts';
import { ViewerTurns } from './viewer-turns.ts';

test('of what viewers ask of a session one thing is under way, some wait, and the rest is refused', async () => {
  const turns = new ViewerTurns();
  const asked: PromiseWithResolvers<void>[] = [];
  const ask = (sessionId: string) =>
    turns.take(sessionId, async () => {
      const answering = Promise.withResolvers<void>();
      asked.push(answering);
      await answering.promise;
      return succeeded('answer');
    });
  const answers = Array.from({ length: 30 }, () => ask('one'));
  const ofOther = ask('another');
  await pass();
  assert.equal(asked.length, 2);
  for (let at = 0; at < asked.length; at++) {
    asked[at]?.resolve();
    await pass();
  }
  assert.deepEqual(await ofOther, succeeded('answer'));
  const codes = (await Promise.all(answers)).map((answer) => (answer.ok ? answer.value : answer.failure.code));
  assert.equal(codes.filter((code) => code === 'answer').length, 1 + sandboxCommandsMax);
  assert.equal(codes.filter((code) => code === 'overloaded').length, 30 - 1 - sandboxCommandsMax);
});
