// Events as fast as sessions can emit them, from emitting to stored and delivered; their delay at half that rate; and growth.
import { type Options, type Result, together } from '../scenario.ts';
import { eventGrowth } from './events/growth.ts';
import { eventRate } from './events/rate.ts';

export async function events(options: Options): Promise<Result> {
  const rate = await eventRate(options);
  return options.isQuick ? rate : together([rate, await eventGrowth(options)]);
}
