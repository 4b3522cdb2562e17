// What is asked without a login: the system's status, readiness, metrics and the API's description.
import { failed, succeeded } from '../../../schema/error.ts';
import { openApiDocument } from '../../../schema/protocol/openapi.ts';
import type { Mode } from '../../../schema/session.ts';
import { ok } from '../http-answer.ts';
import type { Answering, Route } from '../server.ts';

/** What these routes read; probed in the background, never in the request. */
export type Status = {
  version: string;
  mode: Mode;
  isAgentAvailable: boolean;
  model: string;
  /** Where tools act, in a few words. */
  sandbox(): string;
  isDockerAvailable(): boolean;
  sandboxes(): number;
  sessions(): number;
  /** Why the engine can't take work now; undefined when it can. */
  unreadiness(): string | undefined;
  metrics(): Promise<string>;
};

export function healthRoutes(status: Status): Route[] {
  const open = (pattern: string, handle: () => Answering): Route => ({
    method: 'get',
    pattern,
    isOpen: true,
    handle,
  });
  return [
    open('/', () =>
      succeeded(
        ok({
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
        }),
      ),
    ),
    open('/ready', () => {
      const reason = status.unreadiness();
      if (reason !== undefined) return failed('notReady', reason, { retryAfterMs: 1_000 });
      return succeeded(ok({ status: 'ready' }));
    }),
    open('/metrics', async () =>
      succeeded({ status: 200, contentType: 'text/plain; version=0.0.4; charset=utf-8', body: await status.metrics() }),
    ),
    open('/openapi.json', () => succeeded(ok(openApiDocument(status.version)))),
  ];
}
