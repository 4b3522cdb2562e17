// The short runs of the chaos suite's faults, the same in every run: whoever looks for more runs the suite itself.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'slonik';
import { Stage } from './chaos-stage.ts';
import { Crowd } from './crowd.ts';
import type { Fault } from './fault.ts';
import { faults } from './faults.ts';
import { judgeCrowd } from './judge-crowd.ts';
import { makeRandom } from './random.ts';
import { Rows } from './stored-rows.ts';

const seed = 20_261_130;
const everyTime = ['kills', 'lost-replies', 'terminations', 'jumps', 'drain', 'storm', 'fuzzed-rest', 'fuzzed-frames'];

for (const name of everyTime) {
  const fault = faults[name] as Fault;
  test(`${fault.title(true)}: ${fault.reach(true)}`, async (t) => {
    t.diagnostic(`npm run chaos -- ${name} --quick --seed ${seed}`);
    const { measured, violations } = await fault.run({
      isQuick: true,
      random: makeRandom(seed).fork(name),
      progress() {},
    });
    assert.deepEqual(violations, [], measured);
  });
}

test('the suite finds a row that was deleted without the engine', async (t) => {
  const stage = await Stage.open();
  t.after(() => stage.close());
  const rows = await Rows.open(stage.databaseUrl);
  t.after(() => rows.close());
  const crowd = await Crowd.start({ url: stage.ws, clients: 2, random: makeRandom(1) });
  for (const client of crowd.clients) client.sendCommand();
  assert.ok(await crowd.waitUntilAnswered(60_000));
  await rows.pool.query(sql.unsafe`DELETE FROM lucid_engine.chat_messages WHERE command_id = 'client-0-1'`);
  const violations = await judgeCrowd(crowd, stage.databaseUrl);
  assert.match(
    violations.join('\n'),
    /^hole: .*\nlost: client-0: command client-0-1, acknowledged as event \d+ \(session /,
  );
});
