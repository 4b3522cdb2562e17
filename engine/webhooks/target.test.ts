// Which URLs a webhook may have, and what is shown of them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAllowedHosts } from '../../sandbox/outbound/allowed-hosts.ts';
import type { WebhookRules } from '../../schema/thread.ts';
import { checkTarget } from './target.ts';

function allow(list: string): WebhookRules {
  const allowed = parseAllowedHosts(list);
  assert.ok(allowed.ok);
  return { allowedHosts: allowed.value, mayBePlain: false };
}

const nothing = allow('');

function refusal(given: string, rules = nothing): string {
  const checked = checkTarget(given, rules);
  assert.ok(!checked.ok, given);
  assert.equal(checked.failure.code, 'badWebhookUrl');
  return checked.failure.detail;
}

function accepted(given: string, rules = nothing) {
  const checked = checkTarget(given, rules);
  assert.ok(checked.ok, checked.ok ? '' : checked.failure.detail);
  return checked.value;
}

test('hosts of this machine, of private networks and of clouds are refused, however they are written', () => {
  for (const host of [
    '127.0.0.1',
    '2130706433',
    '0x7f.1',
    '017700000001',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '[fd00::1]',
    '[fe80::1]',
    '[64:ff9b::169.254.169.254]',
    '10.0.0.7',
    '172.16.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '168.63.129.16',
    '100.64.0.1',
    '0.0.0.0',
    'localhost',
    'metadata.google.internal',
    'router.lan',
    'intranet',
    'printer.local.',
  ])
    assert.match(refusal(`https://${host}/hook`), /public internet/, host);
});

test('over http only hosts that the operator has named, or in development those of the internet', () => {
  assert.match(refusal('http://hooks.example.com/'), /https/);
  assert.ok(accepted('http://hooks.example.com/', { ...nothing, mayBePlain: true }));
  assert.match(refusal('http://127.0.0.1/', { ...nothing, mayBePlain: true }), /public/);
  assert.ok(accepted('http://127.0.0.1:9000/', allow('127.0.0.1:9000')));
  assert.match(refusal('http://127.0.0.1:9001/', allow('127.0.0.1:9000')), /https/);
});

test('what is no URL, too long, or another scheme is refused in a sentence that does not repeat it', () => {
  for (const given of [
    'hooks.example.com',
    'ftp://hooks.example.com/',
    'https://',
    'https://hooks.example.com/a b',
    'https://hooks.example.com\\@127.0.0.1/',
    'https://hooks.example.com/\u0000',
    'https://hooks.example.com:99999/',
    'https://a:%zz@hooks.example.com/',
    `https://hooks.example.com/${'a'.repeat(2_048)}`,
  ]) {
    const detail = refusal(given);
    assert.match(detail, /^The webhook's URL.*\.$/);
    assert.ok(!detail.includes('hooks.example'), detail);
  }
});

test('credentials, path and query are sent, and never shown but the end of a long path', () => {
  const target = accepted('https://ada:pa%3Ass@hooks.example.com:8443/in?token=secret#part');
  assert.equal(target.shownUrl, 'https://hooks.example.com:8443/…');
  assert.equal(target.url.href, 'https://hooks.example.com:8443/in?token=secret');
  assert.equal(target.authorization, `Basic ${Buffer.from('ada:pa:ss').toString('base64')}`);
  const ofChat = 'https://hooks.slack.example.com/services/T0123/B0123/Zm9vYmFyYmF6cXV4';
  assert.equal(accepted(ofChat).shownUrl, 'https://hooks.slack.example.com/…cXV4');
  assert.equal(accepted('https://hooks.example.com/').shownUrl, 'https://hooks.example.com/');
  assert.equal(accepted('https://hooks.example.com/?token=secret').shownUrl, 'https://hooks.example.com/…');
});
