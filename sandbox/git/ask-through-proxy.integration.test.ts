// Git where the engine's own way leads through a proxy: what is tunnelled, what is asked directly, and what goes wrong.
import assert from 'node:assert/strict';
import { isIP } from 'node:net';
import { after, afterEach, before, test } from 'node:test';
import { type Certificate, makeTrustedCertificate } from '../testing/certificate.ts';
import type { GitServer } from '../testing/git-server.ts';
import { grantAccess, refsPath, sendRequest, TestGitProxy, token } from '../testing/test-git-proxy.ts';
import { proxyPassword, WebProxy } from '../testing/web-proxy.ts';

let bench: TestGitProxy;
let certificate: Certificate;
let secure: GitServer;
let proxy: WebProxy;

before(async () => {
  bench = await TestGitProxy.start();
  certificate = makeTrustedCertificate('git.example.org');
  secure = await bench.startAnotherServer({ token, tls: certificate });
  secure.addRepository('user/app');
  proxy = await WebProxy.start({ 'git.example.org:443': Number(secure.host.split(':')[1]) });
});
afterEach(() => {
  proxy.asked.length = 0;
});
after(async () => {
  certificate.distrust();
  await proxy.close();
  await bench.close();
});

const throughProxy = (more: Parameters<TestGitProxy['openAnother']>[1] = {}, except = '') =>
  bench.openAnother([bench.server.host], { proxies: { http: proxy.url, https: proxy.url, except }, ...more });

test('git clones and pushes by a tunnel, in which nothing is read but by the server', async () => {
  const { url } = await grantAccess(throughProxy(), 'https://git.example.org/user/app');
  assert.equal(await bench.runGit('clone', '--quiet', url, 'tunnelled'), '');
  await bench.runGit('-C', 'tunnelled', 'commit', '--quiet', '--allow-empty', '-m', 'By a tunnel');
  assert.match(await bench.runGit('-C', 'tunnelled', 'push', 'origin', 'HEAD:tunnelled'), /new branch/);
  assert.match(secure.runGit('user/app', 'log', '--oneline', 'tunnelled'), /By a tunnel/);
  assert.deepEqual([...new Set(proxy.asked)], ['CONNECT git.example.org:443']);
  assert.doesNotMatch(proxy.seen, /authorization|user\/app/i);
});

test('a git server on this machine is asked without a proxy', async () => {
  const { url } = await grantAccess(throughProxy(), bench.server.urlOf('user/app'));
  assert.match(await bench.runGit('ls-remote', url), /refs\/heads\/main/);
  assert.deepEqual(proxy.asked, []);
});

test('an exception of NO_PROXY is asked without a proxy, and never at a private address', async () => {
  const resolve = async () => ['127.0.0.1', '10.0.0.1'].map((address) => ({ address, family: isIP(address) }));
  for (const except of ['git.example.org', '.example.org', 'other.test, example.org', '*']) {
    const { url } = await grantAccess(throughProxy({ resolve }, except), 'https://git.example.org/user/app');
    const said = await sendRequest(`${url}${refsPath}`);
    assert.match(said.text, /^git\.example\.org leads to an address that is not of the public internet\.\n$/, except);
  }
  assert.deepEqual(proxy.asked, []);
});

test('a proxy that refuses or is away is named in a failure without its password', async () => {
  const said = async (proxy = throughProxy(), host = 'elsewhere.example.org') => {
    const { url } = await grantAccess(proxy, `https://${host}/user/app`);
    return (await sendRequest(`${url}${refsPath}`)).text;
  };
  assert.equal(await said(), "elsewhere.example.org can't be reached: the engine's proxy answers 403.\n");
  const stranger = { http: '', https: proxy.url.replace(/\/\/.*@/, '//'), except: '' };
  assert.match(await said(throughProxy({ proxies: stranger })), /the engine's proxy answers 407\.\n$/);
  const away = { https: 'http://user:secret-word@127.0.0.1:9', except: '' };
  const refused = await said(throughProxy({ proxies: away }));
  assert.match(
    refused,
    /^elsewhere\.example\.org can't be reached: it refuses connections\. The engine asks through its/,
  );
  assert.ok(!refused.includes(proxyPassword) && !refused.includes('secret-word'));
});
