// A page behind any load balancer, whose session is watched while every engine of the cluster is started anew.
import assert from 'node:assert/strict';
import { Balancer } from '../../engine/testing/balancer.ts';
import { browserTestIn } from '../../engine/testing/chromium.ts';
import { TestCluster } from '../../engine/testing/cluster.ts';
import { requireConsole } from '../../engine/testing/console.ts';
import { engineAddressesOf } from '../../engine/testing/engine.ts';
import { natsTest } from '../../engine/testing/nats.ts';
import type { EngineProcess } from '../../engine/testing/process.ts';
import { waitUntilHolds } from '../../engine/testing/rest.ts';
import { developmentEnvironment } from '../../engine/testing/sign-in.ts';
import { ConsoleBrowser, readEvents, readTimeline, startTask } from './testing/console-browser.ts';
import { findThoughts, watchFrames } from './testing/thoughts.ts';

const engineCount = 3;

browserTestIn(
  natsTest,
  'three engines are started anew in turn, and the page misses nothing of its session',
  async (t) => {
    await requireConsole();
    const cluster = await TestCluster.start(t);
    const addEngine = () => cluster.addProcess(developmentEnvironment);
    const engines: EngineProcess[] = [];
    for (let number = 0; number < engineCount; number++) engines.push(await addEngine());
    const balancer = await Balancer.start(engines.map(({ port }) => port));
    t.after(() => balancer.stop());
    const browser = new ConsoleBrowser(engineAddressesOf(balancer.port));
    t.after(() => browser.close());
    const page = await browser.signIn('ada');
    const frames = watchFrames(page);
    const sessionId = await startTask(page, 'Emit 600 events, 1 every 20 ms');

    for (const old of [...engines]) {
      const seen = frames.length;
      await waitUntilHolds(() => assert.ok(frames.length > seen + 5, 'the page goes on'));
      await old.kill();
      engines.splice(engines.indexOf(old), 1, await addEngine());
      balancer.ports = engines.map(({ port }) => port);
    }

    await page.getByText('Turn finished').last().waitFor({ timeout: 120_000 });
    const stored = await readEvents(page, sessionId);
    const sequences = stored.map(({ sequence }) => sequence);
    assert.deepEqual(
      sequences,
      sequences.map((_, at) => at + 1),
    );
    await waitUntilHolds(() =>
      assert.deepEqual(
        [...new Set(frames)].sort((one, other) => one - other),
        sequences,
      ),
    );
    const recorded = stored.flatMap(({ content }) => findThoughts(content));
    const shown = [...(await readTimeline(page)).values()].flatMap((text) => [...new Set(findThoughts(text))]);
    assert.ok(recorded.length > 5);
    assert.deepEqual(shown, recorded);
    browser.findNoTrouble();
  },
);
