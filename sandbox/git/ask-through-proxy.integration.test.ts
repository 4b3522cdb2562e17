// The engine asks git servers through its own proxy where it has one: in a tunnel, and not for the exceptions.
import assert from 'node:assert/strict';
import { isIP } from 'node:net';
import { after, afterEach, before, test } from 'node:test';
import { type Certificate, makeTrustedCertificate } from '../testing/certificate.ts';
import type { GitServer } from '../testing/git-server.ts';
import { grantAccess, refsPath, sendRequest, TestGitProxy, token } from '../testing/test-git-proxy.ts';
import { proxyPassword, WebProxy } from '../testing/web-proxy.ts';

let setup: TestGitProxy;
let certificate: Certificate;
let tlsServer: GitServer;
let proxy: WebProxy;

before(async () => {
  setup = await TestGitProxy.start();
  certificate = makeTrustedCertificate('git.example.org');
  tlsServer = await setup.startAnotherServer({ token, tls: certificate });
  tlsServer.addRepository('user/app');
  proxy = await WebProxy.start({ 'git.example.org:443': Number(tlsServer.host.split(':')[1]) });
});
afterEach(() => {
  proxy.asked.length = 0;
});
after(async () => {
  certificate.distrust();
  await proxy?.close();
  await setup?.close();
});

const openThroughProxy = (more: Parameters<TestGitProxy['openAnother']>[1] = {}, except = '') =>
  setup.openAnother([setup.server.host], { proxies: { http: proxy.url, https: proxy.url, except }, ...more });

test('git clones and pushes through a tunnel, and the proxy sees neither the token nor the path', async () => {
  const { url } = await grantAccess(openThroughProxy(), 'https://git.example.org/user/app');
  assert.equal(await setup.runGit('clone', '--quiet', url, 'tunnelled'), '');
  await setup.runGit('-C', 'tunnelled', 'commit', '--quiet', '--allow-empty', '-m', 'By a tunnel');
  assert.match(await setup.runGit('-C', 'tunnelled', 'push', 'origin', 'HEAD:tunnelled'), /new branch/);
  assert.match(tlsServer.runGit('user/app', 'log', '--oneline', 'tunnelled'), /By a tunnel/);
  assert.deepEqual([...new Set(proxy.asked)], ['CONNECT git.example.org:443']);
  assert.doesNotMatch(proxy.seen, /authorization|user\/app/i);
});

test('a git server on this machine is asked without a proxy', async () => {
  const { url } = await grantAccess(openThroughProxy(), setup.server.urlOf('user/app'));
  assert.match(await setup.runGit('ls-remote', url), /refs\/heads\/main/);
  assert.deepEqual(proxy.asked, []);
});

test('a host in NO_PROXY is asked without the proxy, and refused at a private address', async () => {
  const resolve = async () => ['127.0.0.1', '10.0.0.1'].map((address) => ({ address, family: isIP(address) }));
  for (const except of ['git.example.org', '.example.org', 'other.test, example.org', '*']) {
    const { url } = await grantAccess(openThroughProxy({ resolve }, except), 'https://git.example.org/user/app');
    const answer = await sendRequest(`${url}${refsPath}`);
    assert.match(answer.text, /^git\.example\.org leads to an address that is not of the public internet\.\n$/, except);
  }
  assert.deepEqual(proxy.asked, []);
});

test('a failure tells of a proxy that refuses or is away, without its password', async () => {
  const askText = async (proxy = openThroughProxy(), host = 'elsewhere.example.org') => {
    const { url } = await grantAccess(proxy, `https://${host}/user/app`);
    return (await sendRequest(`${url}${refsPath}`)).text;
  };
  assert.equal(await askText(), "elsewhere.example.org can't be reached: the engine's proxy answers 403.\n");
  const withoutPassword = { http: '', https: proxy.url.replace(/\/\/.*@/, '//'), except: '' };
  assert.match(await askText(openThroughProxy({ proxies: withoutPassword })), /the engine's proxy answers 407\.\n$/);
  const unreachable = { https: 'http://user:secret-word@127.0.0.1:9', except: '' };
  const refused = await askText(openThroughProxy({ proxies: unreachable }));
  assert.match(
    refused,
    /^elsewhere\.example\.org can't be reached: it refuses connections\. The engine asks through its/,
  );
  assert.ok(!refused.includes(proxyPassword) && !refused.includes('secret-word'));
});
