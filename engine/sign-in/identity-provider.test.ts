// A provider that says too much or too little is one that is away, and is asked again soon.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { RecordedLog } from '../testing/log.ts';
import { IdentityProvider } from './identity-provider.ts';

const callback = 'http://localhost:8000/console/callback';
let metadata: Record<string, unknown> = {};
const server = createServer((_, response) => {
  response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(metadata));
});
let issuer: string;
before(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
after(() => server.close());

const wholeMetadata = () => ({
  issuer,
  authorization_endpoint: `${issuer}/auth`,
  token_endpoint: `${issuer}/token`,
  jwks_uri: `${issuer}/keys`,
});

function openProvider() {
  let nowMs = 0;
  const log = new RecordedLog();
  const options = { clientId: 'console', clientSecret: undefined, needsGroups: false, log, now: () => nowMs };
  const provider = new IdentityProvider({ issuer, ...options });
  const codeAt = async (ms: number) => {
    nowMs = ms;
    const begun = await provider.begin(callback, false);
    return begun.ok ? 'begun' : begun.failure.code;
  };
  return { log, codeAt };
}

test('a provider that does not say where to go is away, and asked again soon', async () => {
  const { authorization_endpoint, ...withoutPage } = wholeMetadata();
  const { token_endpoint, ...withoutTokens } = wholeMetadata();
  const { jwks_uri, ...withoutKeys } = wholeMetadata();
  const useless = ['', 'auth', 'ftp://127.0.0.1/auth', 'javascript:alert(1)'];
  const pages = useless.map((page) => ({ ...wholeMetadata(), authorization_endpoint: page }));
  for (metadata of [withoutPage, withoutTokens, withoutKeys, ...pages]) {
    const { log, codeAt } = openProvider();
    const said = JSON.stringify(metadata);
    assert.equal(await codeAt(0), 'signInUnavailable', said);
    assert.match(JSON.stringify(log.entries), /(authorization|token)_endpoint|jwks_uri/);
    metadata = wholeMetadata();
    assert.equal(await codeAt(1_999), 'signInUnavailable', said);
    assert.equal(await codeAt(2_000), 'begun', said);
  }
});

test('a provider that says more than anybody reads is away', async () => {
  metadata = { ...wholeMetadata(), more: 'x'.repeat(1024 * 1024) };
  const { log, codeAt } = openProvider();
  assert.equal(await codeAt(0), 'signInUnavailable');
  assert.match(JSON.stringify(log.entries), /larger than/);
  metadata = { ...wholeMetadata(), more: 'x'.repeat(1024 * 1000) };
  assert.equal(await codeAt(2_000), 'begun');
});
