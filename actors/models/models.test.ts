// Whose key a session's model is asked with, and when there is none.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noSecrets, type SessionSettings } from '../../schema/session.ts';
import type { ModelsConfig } from '../../schema/thread.ts';
import { testRecord } from '../testing/test-session.ts';
import { Models } from './models.ts';

const modelsWith = (keys: ModelsConfig['keys']) =>
  new Models({ keys, modelNames: { anthropic: 'claude-x', google: 'gemini-x' } }, 0);

const settings = (more: Partial<SessionSettings> = {}): SessionSettings => ({ ...testRecord().settings, ...more });
const own = { apiKey: 'sk-own', gitToken: null };

function nameOf(models: Models, of: SessionSettings, secrets = noSecrets): string {
  const model = models.of(of, secrets);
  return model.ok ? model.value.name : model.failure.code;
}

test('without any key a script plays the agent', () => {
  const models = modelsWith({});
  assert.equal(models.isMock(settings()), true);
  assert.equal(nameOf(models, settings()), 'mock/scripted');
});

test('a caller’s own key makes a real agent of the provider that was asked for', () => {
  const models = modelsWith({});
  assert.equal(models.isMock(settings({ hasOwnKey: true })), false);
  assert.equal(nameOf(models, settings({ hasOwnKey: true }), own), 'anthropic/claude-x');
  assert.equal(nameOf(models, settings({ hasOwnKey: true, provider: 'google' }), own), 'google/gemini-x');
});

test('a caller’s own key that is gone is never replaced by the engine’s', () => {
  const models = modelsWith({ anthropic: 'sk-engine' });
  assert.equal(nameOf(models, settings({ hasOwnKey: true })), 'keyIsGone');
});

test('a caller’s own key that is stored, and can’t be opened, is told from one that is gone', () => {
  const models = modelsWith({ anthropic: 'sk-engine' });
  const model = models.of(settings({ hasOwnKey: true }), { ...noSecrets, areUnreadable: true });
  assert.ok(!model.ok);
  assert.equal(model.failure.code, 'keyIsGone');
  assert.match(model.failure.detail, /is stored, but the engine's ENCRYPTION_KEY does not open it/);
});

test('the engine’s keys are for their provider, and the general one for either', () => {
  const anthropicOnly = modelsWith({ anthropic: 'sk-engine' });
  assert.equal(nameOf(anthropicOnly, settings()), 'anthropic/claude-x');
  assert.equal(nameOf(anthropicOnly, settings({ provider: 'google' })), 'mock/scripted');
  assert.equal(nameOf(modelsWith({ llm: 'general' }), settings({ provider: 'google' })), 'google/gemini-x');
});

test('all of the engine’s keys are listed, to be masked', () => {
  assert.deepEqual(modelsWith({ anthropic: 'a', google: undefined, llm: 'c' }).keys, ['a', 'c']);
});
