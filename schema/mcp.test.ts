// What is stored of MCP servers holds no secret, and every text that would reveal one is masked.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as v from 'valibot';
import { hasMcpSecrets, mcpNamePattern, secretTextsOfMcp } from './mcp.ts';
import { GivenMcpServers, mcpSecretsOf, mcpServersOf, splitMcpServer } from './protocol/mcp-fields.ts';
import { Masking } from './rules/masking.ts';

const stored = (url: string) => splitMcpServer('web', { url, headers: {} }).server;

test('a URL is stored as far as it can be no secret', () => {
  const cases: [string, string, boolean][] = [
    ['https://mcp.example.com/mcp', 'https://mcp.example.com/mcp', false],
    ['https://mcp.example.com/v1/team-a/sse', 'https://mcp.example.com/v1/team-a/sse', false],
    ['https://mcp.example.com/mcp?key=abc', 'https://mcp.example.com', true],
    ['https://hooks.example.com/s/Zm9vYmFyMTIz/mcp', 'https://hooks.example.com', true],
    ['https://user:word@mcp.example.com/mcp', 'https://mcp.example.com', true],
  ];
  for (const [given, url, hasSecretUrl] of cases)
    assert.deepEqual(stored(given), { name: 'web', url, headerNames: [], hasSecretUrl }, given);
});

test('settings have the names of variables and headers, secrets their values', () => {
  const { mcpServers } = v.parse(v.object({ mcpServers: GivenMcpServers }), {
    mcpServers: {
      lint: { command: 'npx', args: ['-y', 'lint'], env: { KEY: 'key-of-the-linter' } },
      plain: { type: 'stdio', command: 'true' },
      web: { type: 'http', url: 'https://mcp.example.com/mcp', headers: { Authorization: 'Bearer token-of-the-web' } },
    },
  });
  assert.deepEqual(mcpServersOf({ mcpServers }), {
    mcpServers: [
      { name: 'lint', command: 'npx', args: ['-y', 'lint'], environmentNames: ['KEY'] },
      { name: 'plain', command: 'true', args: [], environmentNames: [] },
      { name: 'web', url: 'https://mcp.example.com/mcp', headerNames: ['Authorization'], hasSecretUrl: false },
    ],
  });
  assert.deepEqual(mcpSecretsOf({ mcpServers }), {
    mcp: {
      lint: { values: { KEY: 'key-of-the-linter' } },
      web: { values: { Authorization: 'Bearer token-of-the-web' } },
    },
  });
  assert.deepEqual(mcpServersOf({ mcpServers }).mcpServers?.map(hasMcpSecrets), [true, false, true]);
  assert.deepEqual([mcpServersOf({}), mcpSecretsOf({ mcpServers: null })], [{}, {}]);
});

test('a server, variable or header by a name that no object can hold is refused, not left out', () => {
  const parse = (json: string) => v.safeParse(v.object({ mcpServers: GivenMcpServers }), JSON.parse(json));
  for (const name of ['__proto__', 'constructor', 'prototype']) {
    const server = parse(`{"mcpServers":{"good":{"command":"true"},"${name}":{"command":"true"}}}`);
    assert.equal(server.success, false, name);
    assert.deepEqual(
      server.issues?.map((issue) => [v.getDotPath(issue), issue.message]),
      [['mcpServers', `must not have the name ${name}`]],
    );
    assert.equal(parse(`{"mcpServers":{"a":{"command":"true","env":{"${name}":"x"}}}}`).success, false, name);
    assert.equal(parse(`{"mcpServers":{"a":{"url":"https://a.example","headers":{"${name}":"x"}}}}`).success, false);
  }
});

test('every secret is masked, also without its scheme or out of its URL, and ordinary values are not', () => {
  const masking = new Masking(
    secretTextsOfMcp({
      web: {
        values: { Authorization: 'Bearer token-of-the-web' },
        url: 'https://mcp.example.com/s/Zm9vYmFyMTIz/mcp?key=key-in-the-query',
      },
      lint: { values: { KEY: 'key-of-the-linter', HOME: '/workspace/home', BASE: 'https://example.com' } },
    }),
  );
  for (const secret of ['token-of-the-web', 'Zm9vYmFyMTIz', 'key-in-the-query', 'key-of-the-linter'])
    assert.equal(masking.maskText(`[${secret}]`), '[[secret]]', secret);
  for (const text of ['/workspace/home', 'https://example.com', 'https://mcp.example.com'])
    assert.equal(masking.maskText(text), text);
});

test('a server’s name begins with a letter and can’t hold what stands behind it', () => {
  for (const name of ['a', 'Files-2', 'my_server', 'x'.repeat(32)]) assert.match(name, mcpNamePattern);
  for (const name of ['', '9', '-a', '_a', 'a__b', 'a_', 'a b', 'é', 'x'.repeat(33)])
    assert.doesNotMatch(name, mcpNamePattern);
});
