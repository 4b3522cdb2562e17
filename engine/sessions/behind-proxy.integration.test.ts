// An engine behind a proxy reaches its agents' models and repositories through it, and keeps its password secret.
import assert from 'node:assert/strict';
import { providerNames } from '../../actors/models/providers/registry.ts';
import { callsOf } from '../../actors/testing/provider/stand-in.ts';
import { answer } from '../../actors/testing/provider/steps.ts';
import { proxyPassword, WebProxy } from '../../sandbox/testing/web-proxy.ts';
import { gitToken, shareTestAgents, testIn } from '../testing/agents.ts';

const agents = shareTestAgents('local');

testIn.local('models and git are asked through the proxy, and nothing shows its password', async () => {
  const held = await agents();
  const { fakeProvider, git } = held;
  git.addRepository('ada/app');
  const portOf = (host: string) => Number(host.split(':').at(-1));
  const routes = { 'provider.example.org': portOf(fakeProvider.url), 'git.example.org': portOf(git.host) };
  const proxy = await WebProxy.start(routes);
  await held.stop();
  const named = { LLM_BASE_URL: 'http://provider.example.org', GIT_ALLOWED_HTTP_HOSTS: 'git.example.org' };
  await held.start({ environment: { ...named, http_proxy: proxy.url } });
  for (const provider of providerNames) {
    const { shell, finish } = callsOf(provider);
    const look = shell(
      `cat README.md; echo ${proxyPassword}; env | grep -i proxy | grep -c 127.0.0.1:${portOf(proxy.url)}`,
    );
    fakeProvider.plan(provider, answer({ calls: [look] }), answer({ calls: [finish('Seen.')] }));
    const repository = { repoUrl: 'http://git.example.org/ada/app', gitToken };
    const client = await held.startClient('Look.', { modelProvider: provider, ...repository });
    assert.equal((await client.waitForStatus('completed')).reason, 'finished');
    const seen = client.events.find(({ eventType }) => eventType === 'CmdOutputObservation');
    assert.match(seen?.content ?? '', /^This is ada\/app\.\n\[secret\]\n0\n/);
    assert.ok(!JSON.stringify([client.frames, await held.readStored(client.sessionId)]).includes(proxyPassword));
  }
  const hosts = proxy.asked.map((line) => new URL(line.split(' ')[1] ?? '').host);
  assert.deepEqual([...new Set(hosts)].sort(), Object.keys(routes).sort());
  assert.ok(!JSON.stringify(held.log).includes(proxyPassword));
  await proxy.close();
});
