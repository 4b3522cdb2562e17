// Opens the API of a cluster for sandboxes: as Pods of the engine's own making, or as Sandboxes that a controller makes Pods for.
import type { KubernetesConfig } from '../../schema/kubernetes-config.ts';
import { AgentSandboxClient } from './agent-sandbox-client.ts';
import { apiReasonOf, KubernetesClient } from './kubernetes-client.ts';

/** Takes the file that KUBECONFIG names, the account's own, or what a Pod is given. @throws for one that can't be read */
export async function openKubernetes({
  namespace,
  podMaker,
}: Pick<KubernetesConfig, 'namespace' | 'podMaker'>): Promise<KubernetesClient> {
  const library = await import('@kubernetes/client-node');
  const config = new library.KubeConfig();
  try {
    config.loadFromDefault();
  } catch (error) {
    const [first = ''] = apiReasonOf(error).split('\n'); // The rest shows lines of the file, which has a token in it.
    throw new Error(first);
  }
  const Client = podMaker === 'agent-sandbox' ? AgentSandboxClient : KubernetesClient;
  return new Client(library, config, namespace);
}
