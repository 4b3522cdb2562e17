// What a caller gave is used, masked, and replaced by what it brings later.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failed, succeeded } from '../../schema/error.ts';
import { mask } from '../../schema/rules/masking.ts';
import type { SessionSecrets } from '../../schema/session.ts';
import { FakeModel } from '../testing/fake-model.ts';
import { testRecord } from '../testing/test-session.ts';
import { Credentials } from './credentials.ts';

/** Models that need a key, and say which one they were opened with. */
function credentialsWith(secrets: SessionSecrets, isMock = false) {
  const opened: string[] = [];
  const models = {
    of: (_: unknown, { apiKey }: SessionSecrets) => {
      if (apiKey === null) return failed('keyIsGone', 'Gone.');
      opened.push(apiKey);
      return succeeded(new FakeModel());
    },
    isMock: () => isMock,
    keys: ['sk-engine-canary'],
    secrets: ['internal-canary', 'session-canary'],
  };
  return { credentials: new Credentials(testRecord().settings, secrets, models), opened };
}

test('a model is opened once, and anew when another key is brought', () => {
  const { credentials, opened } = credentialsWith({ apiKey: 'sk-first-key', gitToken: null });
  assert.deepEqual(credentials.chooseModel(), credentials.chooseModel());
  credentials.replaceSecrets({ apiKey: 'sk-second-key', gitToken: 'ghp_new' });
  credentials.chooseModel();
  assert.deepEqual(opened, ['sk-first-key', 'sk-second-key']);
  assert.equal(credentials.gitToken, 'ghp_new');
});

test('a key that is gone is reported at each use, until it is brought again', () => {
  const { credentials } = credentialsWith({ apiKey: null, gitToken: null });
  for (let time = 0; time < 2; time++)
    assert.partialDeepStrictEqual(credentials.chooseModel(), { ok: false, failure: { code: 'keyIsGone' } });
  credentials.replaceSecrets({ apiKey: 'sk-brought-key', gitToken: null });
  assert.equal(credentials.chooseModel().ok, true);
});

test('of a user and a password the password is masked by itself too', () => {
  const { credentials } = credentialsWith({ apiKey: null, gitToken: 'ada:canary-password' });
  assert.equal(credentials.masking.maskText('ada has canary-password'), 'ada has [secret]');
});

test('the caller’s secrets and the engine’s own keys are masked, those that were brought too', () => {
  const { credentials } = credentialsWith({ apiKey: 'sk-first-key', gitToken: 'ghp_first_token' });
  assert.equal(
    credentials.masking.maskText('sk-first-key ghp_first_token sk-engine-canary'),
    '[secret] [secret] [secret]',
  );
  credentials.replaceSecrets({ apiKey: 'sk-second-key', gitToken: null });
  assert.equal(credentials.masking.maskText('sk-second-key sk-engine-canary'), '[secret] [secret]');
});

test('what a real agent prints of any of the engine’s secrets is masked; a script in memory can print none', () => {
  const { credentials } = credentialsWith({ apiKey: null, gitToken: null });
  assert.equal(credentials.masking.maskText('internal-canary, session-canary'), `${mask}, ${mask}`);
  const played = credentialsWith({ apiKey: null, gitToken: null }, true).credentials;
  assert.equal(played.masking.maskText('internal-canary, sk-engine-canary'), `internal-canary, ${mask}`);
});
