// Whole mock sessions, everything stored: beside the same with rows dropped, beside a plain implementation, and as load grows.
import { type Options, type Result, together } from '../scenario.ts';
import { sessionGrowth } from './sessions/growth.ts';
import { wholeSessions } from './sessions/whole.ts';

export async function sessions(options: Options): Promise<Result> {
  const whole = await wholeSessions(options);
  return options.isQuick ? whole : together([whole, await sessionGrowth(options)]);
}
