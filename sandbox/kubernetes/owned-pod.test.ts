// What becomes of a session whose Pod is gone, tried on a stand-in for the API server that has no nodes.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { testKubernetesSettings } from '../testing/kubernetes-sandboxes.ts';
import { KubernetesClient } from './kubernetes-client.ts';
import { markAllUsed, OwnedPod } from './owned-pod.ts';

const running = { phase: 'Running', containerStatuses: [{ name: 'sandbox', restartCount: 0, state: { running: {} } }] };

/** An API server that has Pods as they are made, and starts no program in them. */
async function startApi(t: TestContext, pods: Set<string>) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const [, name] = /\/pods(?:\/([\w-]+))?/.exec(request.url ?? '') ?? [];
    asked.push(`${request.method} ${name ?? 'pods'}`);
    const answer = (status: number, body: object) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (request.method === 'POST') {
        const made = JSON.parse(Buffer.concat(chunks).toString()) as { metadata: { name: string } };
        pods.add(made.metadata.name);
        return answer(201, made);
      }
      if (name === undefined) return answer(200, { kind: 'PodList', apiVersion: 'v1', metadata: {}, items: [] });
      if (!pods.has(name)) return answer(404, { kind: 'Status', code: 404, message: 'not found' });
      return answer(200, { kind: 'Pod', apiVersion: 'v1', metadata: { name }, status: running });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const folder = await mkdtemp('/tmp/lucid-api-');
  t.after(async () => {
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true, force: true });
  });
  const file = path.join(folder, 'config');
  const { port } = server.address() as AddressInfo;
  const own = { name: 'own', cluster: { server: `http://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true } };
  const contexts = [{ name: 'own', context: { cluster: 'own', user: 'own' } }];
  await writeFile(
    file,
    JSON.stringify({ clusters: [own], users: [{ name: 'own', user: {} }], contexts, 'current-context': 'own' }),
  );
  process.env.KUBECONFIG = file;
  return { asked, client: await KubernetesClient.open('sandboxes') };
}

const ownerOf = (sessionId: string) => ({ sessionId, epoch: 1 });

test('a Pod that takes the place of one that is gone is known to be empty until somebody has heard of it', async (t) => {
  const pods = new Set<string>();
  const { client, asked } = await startApi(t, pods);
  const pod = new OwnedPod(client, testKubernetesSettings(), ownerOf('a'), 'gone');
  assert.equal(pod.hasLostWorkspace, false);
  assert.equal((await pod.reachGuest()).ok, false, 'nothing runs in it here');
  assert.ok(asked.includes('POST pods') && pods.has(pod.name));
  assert.equal(pod.hasLostWorkspace, true, 'so nobody takes its files for what the agent has left');
  assert.match(pod.takeLoss() ?? '', /A new one is ready, and empty/);
  assert.deepEqual([pod.hasLostWorkspace, pod.takeLoss()], [false, undefined]);
});

test('a Pod that is gone keeps no other from being marked as used', async (t) => {
  const { client, asked } = await startApi(t, new Set(['there']));
  const podOf = (name: string) => new OwnedPod(client, testKubernetesSettings(), ownerOf(name), name);
  await markAllUsed([podOf('gone'), podOf('there')]);
  assert.deepEqual(asked, ['PATCH gone', 'PATCH there']);
});
