// Behind a proxy, both providers' packages and the check of a key go through it.
import assert from 'node:assert/strict';
import { type AddressInfo, connect } from 'node:net';
import { after, before, test } from 'node:test';
import tls from 'node:tls';
import { routeFetchThroughProxies } from '../../sandbox/outbound/engine-proxies.ts';
import { type Certificate, makeTrustedCertificate } from '../../sandbox/testing/certificate.ts';
import { WebProxy } from '../../sandbox/testing/web-proxy.ts';
import { askProvider, expectAnswer, testKey } from '../testing/provider/conformance.ts';
import { FakeProvider } from '../testing/provider/fake-provider.ts';
import { standInOf } from '../testing/provider/stand-in.ts';
import { answer, bytes } from '../testing/provider/steps.ts';
import { checkKey } from './key-check.ts';
import { anthropic } from './providers/anthropic/anthropic.ts';
import { providers } from './providers/registry.ts';

const hostOf = ({ baseUrl }: { baseUrl: string }) => new URL(baseUrl).host;
const hosts = providers.map(hostOf);
const [firstHost = '', ...otherHosts] = hosts;

let fakeProvider: FakeProvider;
let certificate: Certificate;
let front: tls.Server;
let proxy: WebProxy;

before(async () => {
  fakeProvider = await FakeProvider.open();
  certificate = makeTrustedCertificate(firstHost, ...otherHosts);
  front = tls.createServer(certificate, (socket) => {
    const inner = connect(Number(new URL(fakeProvider.url).port), '127.0.0.1');
    socket.on('error', () => inner.destroy());
    inner.on('error', () => socket.destroy());
    socket.pipe(inner).pipe(socket);
  });
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
  const { port } = front.address() as AddressInfo;
  const own = Number(new URL(fakeProvider.url).port);
  proxy = await WebProxy.start({
    ...Object.fromEntries(hosts.map((host) => [`${host}:443`, port])),
    'own.example.org': own,
  });
  await routeFetchThroughProxies({ http: proxy.url, https: proxy.url, except: '' });
});
after(async () => {
  certificate.distrust();
  await proxy?.close();
  front?.close();
  await fakeProvider?.close();
});

for (const provider of providers)
  test(`${provider.name} is asked by a tunnel, at its own address, and so whether it takes a key`, async () => {
    proxy.asked.length = 0;
    fakeProvider.plan(provider.name, answer({ text: 'By a tunnel.' }), bytes(standInOf(provider.name).goodKeyBody));
    assert.equal(expectAnswer(await askProvider(provider, provider.baseUrl)).text, 'By a tunnel.');
    assert.equal(await checkKey({ provider, apiKey: testKey }), 'ok');
    assert.deepEqual([...new Set(proxy.asked)], [`CONNECT ${hostOf(provider)}:443`]);
    assert.ok(!proxy.seen.includes(testKey));
  });

test('a server without TLS is asked through the proxy, and one of this machine directly', async () => {
  proxy.asked.length = 0;
  fakeProvider.plan('anthropic', answer({ text: 'One.' }), answer({ text: 'Two.' }));
  assert.equal(expectAnswer(await askProvider(anthropic, 'http://own.example.org')).text, 'One.');
  assert.deepEqual(proxy.asked, ['POST http://own.example.org/v1/messages']);
  assert.equal(expectAnswer(await askProvider(anthropic, fakeProvider.url)).text, 'Two.');
  assert.equal(proxy.asked.length, 1);
});
