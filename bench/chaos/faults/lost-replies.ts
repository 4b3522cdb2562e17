// Every second reply to a COMMIT is lost: the engine can't know whether it happened, and nothing may happen twice.
import { Crowd, eventually } from '../crowd.ts';
import { type Fault, type FaultOptions, type Finding, unless } from '../fault.ts';
import { Stage } from '../stage.ts';
import { judge } from '../verdict.ts';

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
    const crowd = await Crowd.start({ url: stage.ws, clients: 50, random });
    stage.proxy.loseReplies({ after: 'INSERT INTO chat_messages', every: 2, ending: 'reset' });
    crowd.load(4, random);
    const isDone = await eventually(() => {
      if (random.next() < 0.01) progress(`${crowd.tally.acknowledged} of ${commands}`);
      return crowd.tally.acknowledged >= commands;
    }, withinMs);
    stage.proxy.loseReplies(undefined);
    const violations = await judge(crowd, stage.databaseUrl);
    return {
      measured: `${stage.proxy.repliesLost} replies lost, ${crowd.tally.acknowledged} commands acknowledged`,
      violations: [
        ...violations,
        ...unless(isDone, `only ${crowd.tally.acknowledged} commands were acknowledged`),
        ...unless(stage.proxy.repliesLost > 0, 'no reply was lost, so nothing was shown'),
      ],
    };
  } finally {
    await stage.close();
  }
}
