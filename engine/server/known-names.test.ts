// An origin or a host that an operator lists matches what browsers send, or is refused.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KnownNames, parseHostName, parseOrigin } from './known-names.ts';

const origins = (...given: string[]) => new KnownNames(given.map((one) => parseOrigin(one) ?? assert.fail(one)));
const hosts = (...given: string[]) => new KnownNames(given.map((one) => parseHostName(one) ?? assert.fail(one)));

test('a wildcard in an origin matches every name below it, and nothing else', () => {
  const known = origins('https://*.example.com', 'http://*.dev.lan:3000');
  for (const origin of ['https://a.example.com', 'https://a.b-c.example.com', 'http://x.dev.lan:3000'])
    assert.ok(known.has(origin), origin);
  for (const origin of [
    'https://example.com',
    'https://.example.com',
    'https://evilexample.com',
    'https://evil.com/.example.com',
    'https://evil.com#.example.com',
    'https://evil.com:1@a.example.com',
    'https://evil.com:80.example.com',
    'https://a..example.com',
    'https://a.example.com.evil.com',
    'https://a.example.com:8443',
    'http://a.example.com',
    'http://x.dev.lan',
    'null',
    '',
  ])
    assert.ok(!known.has(origin), origin);
});

test('an origin matches however the operator spells it', () => {
  const known = origins('HTTPS://App.Example.com:443', 'http://münchen.example:80', 'vscode-webview://Abc');
  for (const origin of ['https://app.example.com', 'http://xn--mnchen-3ya.example', 'vscode-webview://Abc'])
    assert.ok(known.has(origin), origin);
});

test('an origin that could never match is refused', () => {
  for (const given of [
    'https://',
    'https://*',
    'https://a*.example.com',
    'https://*a.example.com',
    'https://a.*.example.com',
    'https://*.*.example.com',
    'https://a.example/',
    'https://a.example/path',
    'https://user@a.example',
    'https://a.example?x',
    'https://[::1',
    'a.example',
    'null',
    '*.example.com',
    '',
  ])
    assert.equal(parseOrigin(given), undefined, given);
});

test('`*` makes every origin known, but only listed ones named', () => {
  const known = origins('*', 'https://a.example');
  assert.ok(known.has('https://b.example') && known.has('null'));
  assert.ok(known.lists('https://a.example'));
  assert.ok(!known.lists('https://b.example'));
});

test('a host name matches in any case, with wildcards, and never with a port', () => {
  const known = hosts('Engine.Example.com', '*.lan', 'ai_engine', 'münchen.example');
  for (const host of ['engine.example.com', 'a.lan', 'ai_engine', 'xn--mnchen-3ya.example'])
    assert.ok(known.has(host), host);
  for (const host of ['example.com', 'lan', 'evil.com', '']) assert.ok(!known.has(host), host);
  for (const given of ['a.example:80', 'http://a.example', 'a/b', '', '*.', 'a*.lan', 'a..b', '.a', '-..'])
    assert.equal(parseHostName(given), undefined, given);
});
