// Every second reply that tells of a commit is lost: the engine can't know whether it happened, and nothing may happen twice.
import { Crowd, eventually } from '../crowd.ts';
import { type Fault, type FaultOptions, type Finding, unless } from '../fault.ts';
import { Stage } from '../stage.ts';
import { judge } from '../verdict.ts';

/** A batch is one statement that commits by itself; sessions that are opened again, and claims, are transactions. */
const lone = 'INSERT INTO lucid_engine.chat_messages';
const transaction = 'COMMIT';
const withinMs = 600_000;

export const lostReplies: Fault = {
  title: "every second COMMIT's reply lost, 5,000 commands",
  reach: '0 doubled, 0 lost',
  run,
};

async function run({ isQuick, random, progress }: FaultOptions): Promise<Finding> {
  const commands = isQuick ? 300 : 5_000;
  const stage = await Stage.open();
  try {
    stage.proxy.loseReplies(
      { after: lone, isAlone: true, every: 2, ending: 'reset' },
      { after: transaction, every: 2, ending: 'reset' },
    );
    const crowd = await Crowd.start({ url: stage.ws, clients: 50, random });
    crowd.load(4, random);
    const lostAfter = (text: string) => stage.proxy.repliesLostAfter(text);
    const isDone = await eventually(() => {
      if (random.next() < 0.01) progress(`${crowd.tally.acknowledged} of ${commands}`);
      return crowd.tally.acknowledged >= commands && lostAfter(lone) > 0;
    }, withinMs);
    stage.proxy.loseReplies();
    const violations = await judge(crowd, stage.databaseUrl);
    const measured = `${lostAfter(lone)} replies to statements that commit by themselves lost, ${lostAfter(transaction)} to COMMIT; ${crowd.tally.acknowledged} commands acknowledged`;
    return { measured, violations: [...violations, ...unless(isDone, `there were only ${measured}`)] };
  } finally {
    await stage.close();
  }
}
