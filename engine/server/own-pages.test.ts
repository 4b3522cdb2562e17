// Which requests are those of the engine's own pages, and by which address browsers call it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OwnPages } from './own-pages.ts';

const nothing = { host: 'engine.example.com', origin: '', fetchSite: '', cookie: '' };
const anywhere = new OwnPages(undefined);
const known = new OwnPages('https://agents.example.com/');

test('a page of the engine’s own origin may change something, and no other may', () => {
  const may = (pages: OwnPages, more: Partial<typeof nothing>) => pages.isOwnRequest({ ...nothing, ...more }, false);
  assert.equal(may(anywhere, { origin: 'https://engine.example.com' }), true);
  assert.equal(may(anywhere, { origin: 'http://engine.example.com', host: 'Engine.Example.com' }), true);
  for (const origin of [
    'https://engine.example.com:8443',
    'https://evil.example',
    'null',
    'https://agents.example.com',
  ])
    assert.equal(may(anywhere, { origin }), false, origin);
  assert.equal(may(known, { origin: 'https://agents.example.com', host: 'ai_engine:8000' }), true);
  for (const origin of ['http://agents.example.com', 'https://engine.example.com', 'http://engine.example.com'])
    for (const host of ['agents.example.com', 'engine.example.com']) assert.equal(may(known, { origin, host }), false);
  assert.equal(may(anywhere, { fetchSite: 'same-origin' }), false);
});

test('what changes nothing is asked without an origin, by a page of its own or by a link', () => {
  const may = (fetchSite: string) => anywhere.isOwnRequest({ ...nothing, fetchSite }, true);
  assert.deepEqual(['', 'same-origin', 'none', 'same-site', 'cross-site'].map(may), [true, true, true, false, false]);
});

test('without an address of its own the engine is asked over http on this machine, and over https elsewhere', () => {
  const at = (host: string) => anywhere.originOf({ ...nothing, host });
  assert.equal(at('localhost:8000'), 'http://localhost:8000');
  assert.equal(at('127.0.0.1:8000'), 'http://127.0.0.1:8000');
  assert.equal(at('[::1]:8000'), 'http://[::1]:8000');
  for (const host of ['engine.example.com', '127.0.0.1.evil.example', '10.0.0.7:8000', 'localhost.evil.example'])
    assert.equal(at(host), `https://${host}`);
  assert.equal(known.originOf({ ...nothing, host: 'ai_engine:8000' }), 'https://agents.example.com');
});

test('who asks over https is believed by what came over https only, since whoever is in between can write the rest', () => {
  const overHttps = { ...nothing, fetchSite: 'same-site' };
  assert.equal(anywhere.isOwnOrigin({ ...overHttps, origin: 'http://engine.example.com' }), false);
  assert.equal(anywhere.isOwnOrigin({ ...overHttps, origin: 'https://engine.example.com' }), true);
  assert.equal(anywhere.areHttps(overHttps), true);
  assert.equal(anywhere.areHttps(nothing), false);
  assert.equal(known.areHttps(nothing), true);
  for (const host of ['localhost:8000', 'lucid.localhost', '127.0.0.1:8000', '[::1]:8000']) {
    assert.equal(anywhere.areHttps({ ...overHttps, host }), false, host);
    assert.equal(anywhere.isOwnOrigin({ ...overHttps, host, origin: `http://${host}` }), true, host);
  }
});
