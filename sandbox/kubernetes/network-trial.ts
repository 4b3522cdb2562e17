// Tries from inside a sandbox whether it reaches the cluster's own network: not every cluster enforces NetworkPolicies.
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import type { Sandbox } from '../sandbox.ts';

/** A policy may take a few seconds until it holds for a new Pod. */
const trialTimeoutMs = 20_000;

/** How long a connection that succeeds is tried again. */
const openSeconds = 10;

/**
 * Every Pod is told the API server's address, which no policy of ours opens. It is tried until three connections in a row
 * fail, since one does where the server is started anew; a policy that refuses answers at once, and one that drops takes the
 * second that a try has.
 */
const trialOf = (seconds: number): string =>
  [
    'import os, socket, sys, time',
    'host, port = os.environ["KUBERNETES_SERVICE_HOST"], int(os.environ["KUBERNETES_SERVICE_PORT"])',
    `until = time.monotonic() + ${seconds}`,
    'failed = 0',
    'while failed < 3:',
    '    try:',
    '        socket.create_connection((host, port), 1).close()',
    '        failed = 0',
    '    except OSError:',
    '        failed += 1',
    '    if failed == 0 and time.monotonic() > until: sys.exit(3)',
    '    time.sleep(0.5)',
  ].join('\n');

/** @returns a failure where the sandbox reaches what it must not */
export async function findOpening(sandbox: Pick<Sandbox, 'run'>, seconds = openSeconds): Promise<Outcome<void>> {
  const tried = await sandbox.run(`python3 -ISc '${trialOf(seconds)}'`, {
    timeoutMs: trialTimeoutMs,
    signal: new AbortController().signal,
    isSeparate: true,
  });
  if (!tried.ok) return tried;
  if (tried.value.kind === 'exited' && tried.value.exitCode === 0) return succeeded(undefined);
  if (tried.value.kind !== 'exited' || tried.value.exitCode !== 3)
    return failed('sandboxFailed', "It could not be tried whether sandboxes reach the cluster's network.");
  return failed(
    'sandboxUnavailable',
    "Sandboxes reach the cluster's API server: no NetworkPolicy keeps them from the cluster's network, or the cluster " +
      'does not enforce it. Apply one (docs/sandboxes.md), or allow it with ALLOW_OPEN_SANDBOX_NETWORK=1.',
  );
}
