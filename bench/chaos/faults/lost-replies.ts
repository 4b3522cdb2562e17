// Every second reply to a commit is lost: the engine can't know whether it happened, and nothing may happen twice.
import { Stage } from '../chaos-stage.ts';
import { Crowd, waitUntil } from '../crowd.ts';
import { type FaultOptions, type Finding, makeFault, violationUnless } from '../fault.ts';
import { judgeCrowd } from '../judge-crowd.ts';

/** A batch is one statement that commits by itself; sessions that are opened again, and claims, are transactions. */
const lone = 'INSERT INTO lucid_engine.chat_messages';
const transaction = 'COMMIT';
const withinMs = 600_000;

type Size = { commands: number };

export const lostReplies = makeFault<Size>({
  whole: { commands: 5_000 },
  quick: { commands: 300 },
  title: ({ commands }) =>
    `every second reply to a commit lost, ${commands.toLocaleString('en')} commands and one restart`,
  reach: () => '0 doubled, 0 lost',
  run: runLostReplies,
});

async function runLostReplies({ commands }: Size, { random, progress }: FaultOptions): Promise<Finding> {
  const stage = await Stage.open();
  try {
    stage.proxy.loseReplies(
      { after: lone, isAlone: true, every: 2, ending: 'reset' },
      { after: transaction, every: 2, ending: 'reset' },
    );
    const crowd = await Crowd.start({ url: stage.ws, clients: 50, random });
    crowd.startLoad(4, random);
    const acknowledge = (count: number) =>
      waitUntil(() => {
        if (random.next() < 0.01) progress(`${crowd.tally.acknowledged} of ${commands}`);
        return crowd.tally.acknowledged >= count;
      }, withinMs);
    await acknowledge(commands / 2);
    await stage.engine.kill();
    await stage.startEngine(); // The next engine claims the sessions of the one before, in transactions.
    const isDone = await acknowledge(commands);
    const ofLone = stage.proxy.repliesLostAfter(lone);
    const ofTransactions = stage.proxy.repliesLostAfter(transaction);
    stage.proxy.loseReplies();
    const violations = await judgeCrowd(crowd, stage.databaseUrl);
    const measured = `${ofLone} replies to statements that commit by themselves lost, ${ofTransactions} to COMMIT; ${crowd.tally.acknowledged} commands acknowledged`;
    const isLost = ofLone > 0 && ofTransactions > 0;
    return {
      measured,
      violations: [...violations, ...violationUnless(isDone && isLost, `there were only ${measured}`)],
    };
  } finally {
    await stage.close();
  }
}
