// All scenarios, by the names they have on the command line, in the order they are measured.
import type { Scenario } from '../scenario.ts';
import { measureCluster } from './cluster.ts';
import { events } from './events.ts';
import { measureFanOut } from './fan-out.ts';
import { history } from './history.ts';
import { idle } from './idle.ts';
import { rest } from './rest.ts';
import { restart } from './restart.ts';
import { resume } from './resume.ts';
import { sandbox } from './sandbox.ts';
import { sessions } from './sessions.ts';
import { start } from './start.ts';
import { turn } from './turn.ts';

export const scenarios: Record<string, Scenario> = {
  sessions,
  events,
  'fan-out': measureFanOut,
  idle,
  rest,
  resume,
  restart,
  history,
  sandbox,
  turn,
  start,
  cluster: measureCluster,
};
