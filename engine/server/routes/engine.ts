// What is asked without a login: the system's status, readiness, metrics and the API's description.
import { providerNames } from '../../../actors/models/providers/registry.ts';
import { failed, succeeded } from '../../../schema/error.ts';
import { buildAsyncApiDocument } from '../../../schema/protocol/asyncapi.ts';
import { nameProviders } from '../../../schema/protocol/documented.ts';
import { buildOpenApiDocument } from '../../../schema/protocol/openapi.ts';
import type { AnswerOf } from '../../../schema/protocol/route.ts';
import type { Routes } from '../../../schema/protocol/routes.ts';
import type { Mode } from '../../../schema/session.ts';
import type { Handlers } from './handler.ts';

export type ClusterStanding = AnswerOf<Routes['readStatus']>['cluster'];

/** What these routes read. Everything in it is probed in the background, so that no request waits. */
export type Status = {
  version: string;
  mode: Mode;
  isAgentAvailable: boolean;
  model: string;
  /** What people call this engine; null where nobody has said so, since its machine's name is for admins only. */
  node: string | null;
  cluster(): ClusterStanding;
  /** Where tools act, in words. */
  sandbox(): string;
  isDockerAvailable(): boolean;
  sandboxes(): number;
  sessions(): number;
  /** Why the engine can't take work now; undefined when it can. */
  unreadiness(): string | undefined;
  metrics(): Promise<string>;
};

type EngineRoutes = Pick<Routes, 'readStatus' | 'checkReadiness' | 'readMetrics' | 'readOpenApi' | 'readAsyncApi'>;

export function makeEngineHandlers(status: Status): Handlers<EngineRoutes> {
  const makeOpenApi = makeOnce(() => nameProviders(buildOpenApiDocument(status.version), providerNames));
  const makeAsyncApi = makeOnce(() => nameProviders(buildAsyncApiDocument(status.version), providerNames));
  return {
    readStatus: {
      handle: () =>
        succeeded({
          service: 'Lucid AI Engine',
          version: status.version,
          status: 'healthy',
          openhands_available: status.isAgentAvailable,
          docker_available: status.isDockerAvailable(),
          active_sandboxes: status.sandboxes(),
          active_sessions: status.sessions(),
          llm_model: status.model,
          mode: status.mode,
          sandbox: status.sandbox(),
          node: status.node,
          cluster: status.cluster(),
        }),
    },
    checkReadiness: {
      handle: () => {
        const reason = status.unreadiness();
        return reason === undefined
          ? succeeded({ status: 'ready' })
          : failed('notReady', reason, { retryAfterMs: 1_000 });
      },
    },
    readMetrics: { handle: async () => succeeded(await status.metrics()) },
    readOpenApi: { handle: () => succeeded(makeOpenApi()) },
    readAsyncApi: { handle: () => succeeded(makeAsyncApi()) },
  };
}

/** A document is made when it is first asked for, since that takes a while and few ever ask. */
function makeOnce<Document>(make: () => Document): () => Document {
  let made: Document | undefined;
  return () => (made ??= make());
}
