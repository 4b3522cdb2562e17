// A stand-in for Kubernetes' API server without nodes: Pods are there as they are made, and no program starts in them.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { TestContext } from 'node:test';
import type { V1Pod } from '@kubernetes/client-node';
import type { KubernetesClient } from '../kubernetes/kubernetes-client.ts';
import { openKubernetes } from '../kubernetes/open-kubernetes.ts';

const running = { phase: 'Running', containerStatuses: [{ name: 'sandbox', restartCount: 0, state: { running: {} } }] };

export type StandInApi = {
  client: KubernetesClient;
  /** What was asked of it, such as `DELETE a`. */
  asked: string[];
  pods: Map<string, V1Pod>;
  /** What it refuses. */
  refused: Set<string>;
};

export async function startStandInApi(t: TestContext): Promise<StandInApi> {
  const [asked, pods, refused]: [string[], Map<string, V1Pod>, Set<string>] = [[], new Map(), new Set()];
  const answer = (method: string, name: string | undefined, body: string): [status: number, answer: object] => {
    const question = `${method} ${name ?? 'pods'}`;
    asked.push(question);
    if (refused.has(question)) return [500, { kind: 'Status', code: 500, message: 'refused' }];
    if (method === 'POST') {
      const made = JSON.parse(body) as V1Pod;
      pods.set(made.metadata?.name ?? '', made);
      return [201, made];
    }
    const shown = [...pods.values()].map((pod) => ({ ...pod, status: running }));
    if (name === undefined) return [200, { kind: 'PodList', apiVersion: 'v1', metadata: {}, items: shown }];
    const found = shown.find(({ metadata }) => metadata?.name === name);
    if (method === 'DELETE') pods.delete(name);
    return found ? [200, found] : [404, { kind: 'Status', code: 404, message: 'not found' }];
  };
  const server = createServer((request, response) => {
    const [, name] = /\/pods(?:\/([\w-]+))?/.exec(request.url ?? '') ?? [];
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const [status, body] = answer(request.method ?? '', name, Buffer.concat(chunks).toString());
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
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
  const users = [{ name: 'own', user: {} }];
  await writeFile(file, JSON.stringify({ clusters: [own], users, contexts, 'current-context': 'own' }));
  process.env.KUBECONFIG = file;
  return { client: await openKubernetes({ namespace: 'sandboxes', podMaker: 'engine' }), asked, pods, refused };
}
