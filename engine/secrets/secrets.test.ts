// A session's secrets come from memory or its row, and the log says so where the row doesn't open.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noSecrets, type SessionSecrets } from '../../schema/session.ts';
import type { Entry } from '../sessions/directory.ts';
import { Sealing } from './sealing.ts';
import { Secrets } from './secrets.ts';

const key = 'a key for tests that is long enough for anybody';
const given: SessionSecrets = { apiKey: 'sk-ant-canary', gitToken: 'ghp_canary' };

/** Secrets over rows in memory, and a log that records. */
function secretsOver(rows: Map<string, string>, encryptionKey: string | undefined) {
  const warnings: string[] = [];
  const secrets = new Secrets({
    sealing: new Sealing(encryptionKey),
    history: { findSealedSecrets: async (sessionId) => rows.get(sessionId) ?? null },
    writes: { resealSecrets: async (sessionId, sealed) => void rows.set(sessionId, sealed) },
    log: { warn: (event, fields) => void warnings.push(`${event} ${JSON.stringify(fields)}`) },
  });
  return { secrets, warnings };
}

async function sealedRow(): Promise<Map<string, string>> {
  const sealed = await new Sealing(key).seal('s-1', given);
  assert.ok(sealed);
  return new Map([['s-1', sealed]]);
}

test('the row’s secrets open with their key, and nothing is logged', async () => {
  const { secrets, warnings } = secretsOver(await sealedRow(), key);
  assert.deepEqual(await secrets.loadSecrets('s-1', undefined), given);
  assert.deepEqual(await secrets.loadSecrets('s-2', undefined), noSecrets);
  assert.deepEqual(warnings, []);
});

test('secrets that another key sealed are marked unreadable, and the log names the variable once', async () => {
  const { secrets, warnings } = secretsOver(await sealedRow(), `${key}!`);
  const entry = { sessionId: 's-1' } as Entry;
  for (let times = 0; times < 2; times++)
    assert.deepEqual(await secrets.loadSecrets('s-1', entry), { ...noSecrets, areUnreadable: true });
  assert.equal(warnings.length, 1);
  assert.match(warnings[0] ?? '', /^secrets\.unreadable .*"s-1".*ENCRYPTION_KEY does not open/);
  assert.doesNotMatch(warnings[0] ?? '', /canary/);
});

test('secrets that the owner brings again are sealed under the present key', async () => {
  const rows = await sealedRow();
  await secretsOver(rows, `${key}!`).secrets.replaceSecrets('s-1', undefined, given);
  assert.deepEqual(await secretsOver(rows, `${key}!`).secrets.loadSecrets('s-1', undefined), given);
});
