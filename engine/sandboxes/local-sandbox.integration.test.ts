// Sessions that act in folders of the engine's own machine.
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { canConfine } from '../../sandbox/testing/confinement-here.ts';
import { TestClient } from '../testing/client.ts';
import { signTestToken, startTestEngine } from '../testing/engine.ts';
import { callAs, waitUntil, waitUntilHolds } from '../testing/rest.ts';

const isRoot = process.getuid?.() === 0;
// An engine that is root uses folders only where commands are confined.
const canBeLocal = (await canConfine('sessions in folders, seen from outside')) || !isRoot;

if (canBeLocal)
  test('a session has a folder under the base path while it lives, and is counted once it acts there', async (t) => {
    const base = await mkdtemp('/tmp/lucid-local-base-');
    const engine = await startTestEngine({
      environment: { SANDBOX: 'local', ALLOW_LOCAL_SANDBOX: '1', WORKSPACE_BASE_PATH: base },
    });
    t.after(async () => {
      await engine.close();
      await rm(base, { recursive: true });
    });
    const counts = async () => {
      const status = (await (await fetch(engine.http)).json()) as { active_sandboxes: number; active_sessions: number };
      return [status.active_sessions, status.active_sandboxes].join(' ');
    };

    await callAs(engine, 'ada', 'POST', '/api/v1/sessions', { task: 'wait for a client' });
    const client = await TestClient.start(engine.ws, await signTestToken('ada'), 'work in a folder');
    await client.waitForStatus('completed');
    const file = path.join(base, 'ada', client.sessionId, 'project', 'hello.py');
    assert.match(await readFile(file, 'utf8'), /Hello from Lucid!/);
    await waitUntil(async () => (await counts()) === '2 1');
    client.send({ type: 'stop' });
    await client.closed;
    await waitUntilHolds(async () => assert.deepEqual(await readdir(path.join(base, 'ada')), []));
    await waitUntil(async () => (await counts()) === '1 0');
  });
