// Whole mock sessions, everything stored: beside the same with rows dropped, beside a plain implementation, and as load grows.
import { mergeResults, type ScenarioOptions, type ScenarioResult } from '../scenario.ts';
import { measureSessionGrowth } from './sessions/session-growth.ts';
import { measureWholeSessions } from './sessions/whole-sessions.ts';

export async function sessions(options: ScenarioOptions): Promise<ScenarioResult> {
  const whole = await measureWholeSessions(options);
  return options.measuresGrowth ? mergeResults([whole, await measureSessionGrowth(options)]) : whole;
}
