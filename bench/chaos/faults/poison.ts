// PostgreSQL refuses one row in a hundred: it is left out, and its neighbours are stored.
import { sql } from 'slonik';
import * as v from 'valibot';
import { Stage } from '../chaos-stage.ts';
import { Crowd, waitUntil } from '../crowd.ts';
import { type FaultOptions, type Finding, makeFault, violationUnless } from '../fault.ts';
import { judgeCrowd } from '../judge-crowd.ts';
import { Rows } from '../stored-rows.ts';

/** The text comes after what the script of mock mode repeats of a message, so that only the command's own row has it. */
const mark = 'a poison that this database refuses';
const settleWithinMs = 20_000;
const SetApart = v.object({ content: v.string() });

type Size = { poisons: number };

export const poison = makeFault<Size>({
  whole: { poisons: 20 },
  quick: { poisons: 3 },
  title: ({ poisons }) => `1 poison row in 100, ${poisons} times`,
  reach: () => '99 stored, 1 set apart with its reason',
  run: runPoison,
});

async function runPoison({ poisons }: Size, { random, progress }: FaultOptions): Promise<Finding> {
  const stage = await Stage.open();
  const rows = await Rows.open(stage.databaseUrl);
  try {
    const crowd = await Crowd.start({ url: stage.ws, clients: 10, random, client: { commandChars: 300 } });
    await rows.pool.query(
      sql.unsafe`ALTER TABLE lucid_engine.chat_messages ADD CONSTRAINT no_poison CHECK (content NOT LIKE ${sql.literalValue(`%${mark}%`)}) NOT VALID`,
    );
    for (let sent = 1; sent <= poisons * 100; sent++) {
      if (sent % 100 === 0) progress(`${sent / 100} of ${poisons}`);
      const client = crowd.clients[sent % crowd.clients.length];
      await waitUntil(() => client?.sendCommand(sent % 100 === 50 ? { last: mark } : {}) ?? true, 30_000);
    }
    await crowd.waitUntilAnswered(settleWithinMs);
    const apart = await rows.pool.any(
      sql.type(SetApart)`SELECT content FROM lucid_engine.chat_messages WHERE event_type = 'StorageErrorEvent'`,
    );
    const { acknowledged, refusals } = crowd.tally;
    const violations = await judgeCrowd(crowd, stage.databaseUrl);
    return {
      measured: `${poisons} poison rows: ${acknowledged} commands stored and acknowledged, ${apart.length} set apart ("${apart[0]?.content ?? ''}"), refused: ${[...refusals.keys()].join(', ') || 'none'}`,
      violations: [
        ...violations,
        ...violationUnless(apart.length === poisons, `${apart.length} rows were set apart instead of ${poisons}`),
        ...violationUnless(
          refusals.get('refusedByStorage') === poisons,
          `${refusals.get('refusedByStorage') ?? 0} commands were answered with refusedByStorage`,
        ),
        ...violationUnless(
          apart.every(({ content }) => /refuse|constraint|check/i.test(content)),
          'a row was set apart without its reason',
        ),
      ],
    };
  } finally {
    await rows.close();
    await stage.close();
  }
}
