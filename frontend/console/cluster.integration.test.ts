// A page behind any load balancer, whose session is watched while every engine of the cluster is started anew.
import assert from 'node:assert/strict';
import { Balancer } from '../../engine/testing/balancer.ts';
import { browserTestIn } from '../../engine/testing/chromium.ts';
import { TestCluster } from '../../engine/testing/cluster.ts';
import { requireConsole } from '../../engine/testing/console.ts';
import { engineAddressesOf } from '../../engine/testing/engine.ts';
import { natsTest } from '../../engine/testing/nats.ts';
import { waitUntilHolds } from '../../engine/testing/rest.ts';
import { developmentEnvironment } from '../../engine/testing/sign-in.ts';
import { ConsoleBrowser, messageField, readEvents, readTimeline, startTask } from './testing/console-browser.ts';
import { findThoughts, watchFrames } from './testing/thoughts.ts';

/** A turn for each engine that is killed. */
const emissions = [
  'Emit 60 events, 1 every 40 ms',
  'Emit 61 events, 1 every 40 ms',
  'Emit 62 events, 1 every 40 ms',
] as const;
const eventsOf = (task: string) => /\d+/.exec(task)?.[0];
/** A turn whose engine was killed goes on after 5 s of silence, on a busy machine much later. */
const turnTimeoutMs = 120_000;

browserTestIn(
  natsTest,
  'three engines are started anew in turn, and the page misses nothing of its session',
  async (t) => {
    await requireConsole();
    const cluster = await TestCluster.start(t);
    const addEngine = () => cluster.addProcess(developmentEnvironment);
    const engines = [await addEngine(), ...(await Promise.all([addEngine(), addEngine()]))];
    const balancer = await Balancer.start(engines.map(({ port }) => port));
    t.after(() => balancer.stop());
    const browser = new ConsoleBrowser(engineAddressesOf(balancer.port));
    t.after(() => browser.close());
    const page = await browser.signIn('ada');
    const frames = watchFrames(page);
    const sessionId = await startTask(page, emissions[0]);

    for (const [at, task] of emissions.entries()) {
      if (at > 0) {
        await messageField(page).fill(task);
        await messageField(page).press('Enter');
      }
      const { length } = frames;
      await waitUntilHolds(() => assert.ok(frames.length > length + 5, 'the turn is at work'));
      await engines.shift()?.kill();
      engines.push(await addEngine());
      balancer.ports = engines.map(({ port }) => port);
      await page
        .getByText(`Emitted ${eventsOf(task)} events`)
        .first()
        .waitFor({ timeout: turnTimeoutMs });
    }

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
