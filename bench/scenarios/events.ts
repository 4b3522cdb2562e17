// Events as fast as sessions can emit them, from emitting to stored and delivered; their delay at half that rate; and growth.
import { mergeResults, type ScenarioOptions, type ScenarioResult } from '../scenario.ts';
import { measureEventGrowth } from './events/event-growth.ts';
import { measureEventRate } from './events/event-rate.ts';

export async function events(options: ScenarioOptions): Promise<ScenarioResult> {
  const rate = await measureEventRate(options);
  return options.measuresGrowth ? mergeResults([rate, await measureEventGrowth(options)]) : rate;
}
