// Docker daemons for sandboxes: over TLS, unless they are on this machine.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { ConfigError, readConfig } from '../config.ts';
import { daemonsOf } from './sandbox-host-variables.ts';

const refusalOf = (environment: Record<string, string>): string => {
  try {
    readConfig(environment);
    return '';
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.message;
  }
};

test('a daemon that is asked without TLS has to be on this machine', () => {
  for (const own of ['tcp://127.0.0.1:2375', 'tcp://localhost', 'tcp://[::1]:1', 'unix:///run/d2.sock'])
    assert.equal(refusalOf({ SANDBOX_HOSTS: own }), '', own);
  for (const other of ['tcp://10.0.0.7:2376', 'tcp://127.0.0.1.example.com', 'tcp://localhost.example.com:2375'])
    assert.match(refusalOf({ SANDBOX_HOSTS: `unix:///a.sock,${other}` }), /leaves this machine: .* SANDBOX_HOSTS_CERT/);
});

test('what is no list of daemons is refused', () => {
  for (const list of [
    'd1',
    'http://d1:2375',
    'tcp://user@d1',
    'tcp://d1/path',
    'unix://d',
    'tcp://d1,tcp://d1',
    'tcp://d1,,tcp://d2',
  ])
    assert.match(refusalOf({ SANDBOX_HOSTS: list }), /^SANDBOX_HOSTS .*accept/, list);
  for (const other of ['memory', 'local', 'kubernetes'])
    assert.ok(refusalOf({ SANDBOX_HOSTS: 'tcp://localhost', SANDBOX: other }).includes(`SANDBOX is "${other}"`));
});

test('a daemon of another machine is asked with the certificates, at the port of TLS', async (t) => {
  const folder = await mkdtemp('/tmp/lucid-pem-');
  t.after(() => rm(folder, { recursive: true, force: true }));
  const pem = async (name: string, kind: string) => {
    const file = path.join(folder, name);
    await writeFile(file, `-----BEGIN ${kind}-----\n`);
    return file;
  };
  const paths = {
    SANDBOX_HOSTS_CA: await pem('ca', 'CERTIFICATE'),
    SANDBOX_HOSTS_CERT: await pem('cert', 'CERTIFICATE'),
    SANDBOX_HOSTS_KEY: await pem('key', 'RSA PRIVATE KEY'),
  };
  const [over, at] =
    daemonsOf(readConfig({ ...paths, SANDBOX_HOSTS: 'tcp://d1.example.com, unix:///run/d2.sock' })) ?? [];
  assert.ok(over && 'port' in over.at && over.at.port === 2376 && over.at.tls?.key.includes('RSA'));
  assert.deepEqual(at, { name: 'unix:///run/d2.sock', at: { socketPath: '/run/d2.sock' } });
  assert.match(refusalOf({ ...paths, SANDBOX_HOSTS_KEY: paths.SANDBOX_HOSTS_CA }), /no private key begins/);
});
