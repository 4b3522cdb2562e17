// How far an engine can be reached that nobody has configured, and what it says about that.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readConfig } from '../config.ts';
import { exposureWarningsOf, listenAddressOf } from './exposure.ts';

const own = { SESSION_SECRET: 'a secret of its own', INTERNAL_API_KEY: 'a key of its own' };
const addressIn = (environment: Record<string, string>) => listenAddressOf(readConfig(environment));
const warningsIn = (environment: Record<string, string>) => exposureWarningsOf(readConfig(environment));

test('an engine listens on loopback only until both of its secrets are set', () => {
  assert.equal(addressIn({}), '127.0.0.1');
  assert.equal(addressIn({ SESSION_SECRET: own.SESSION_SECRET }), '127.0.0.1');
  assert.equal(addressIn({ INTERNAL_API_KEY: own.INTERNAL_API_KEY }), '127.0.0.1');
  assert.equal(addressIn({ ...own, SESSION_SECRET: 'change_me_in_prod' }), '127.0.0.1');
  assert.equal(addressIn(own), '0.0.0.0');
  assert.equal(addressIn({ HOST: '::' }), '::');
});

test('an operator is warned of each missing secret once, and of what a HOST set without them allows', () => {
  const first = (warnings: string[]) => warnings.map((warning) => warning.split(' ').slice(0, 2).join(' '));
  assert.deepEqual(first(warningsIn({})), ['SESSION_SECRET has', 'INTERNAL_API_KEY is', 'The engine']);
  assert.match(warningsIn({}).at(-1) ?? '', /listens on 127\.0\.0\.1 only/);
  assert.match(warningsIn({ HOST: '0.0.0.0' }).at(-1) ?? '', /^HOST is 0\.0\.0\.0 .* act as any user, read every chat/);
  assert.match(warningsIn({ HOST: '127.0.0.1' }).at(-1) ?? '', /listens on 127\.0\.0\.1 only/);
  assert.deepEqual(warningsIn({ ...own, HOST: '0.0.0.0' }), []);
});
