// The faults by their names on the command line, in the order in which they are run and shown.
import type { Fault } from './fault.ts';
import { databaseStop } from './faults/database-stop.ts';
import { drain } from './faults/drain.ts';
import { flood } from './faults/flood.ts';
import { fuzzedFrames } from './faults/fuzzed-frames.ts';
import { fuzzedRest } from './faults/fuzzed-rest.ts';
import { hostDeaths } from './faults/host-deaths.ts';
import { jumps } from './faults/jumps.ts';
import { kills } from './faults/kills.ts';
import { lostReplies } from './faults/lost-replies.ts';
import { mixedLoad } from './faults/mixed-load.ts';
import { poison } from './faults/poison.ts';
import { silentReaders } from './faults/silent-readers.ts';
import { storm } from './faults/storm.ts';
import { terminations } from './faults/terminations.ts';

export const faults: Record<string, Fault> = {
  kills,
  'database-stop': databaseStop,
  'lost-replies': lostReplies,
  terminations,
  jumps,
  'host-deaths': hostDeaths,
  poison,
  'silent-readers': silentReaders,
  flood,
  storm,
  drain,
  'fuzzed-rest': fuzzedRest,
  'fuzzed-frames': fuzzedFrames,
  'mixed-load': mixedLoad,
};
