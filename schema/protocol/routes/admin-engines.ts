// The routes of those who operate a cluster: all engines on the database, and the drain of any of them.
import * as v from 'valibot';
import { limits } from '../../limits.ts';
import { runStates } from '../../ownership.ts';
import { timestamp, wholeNumber } from '../answer-fields.ts';
import { exampleSession } from '../examples.ts';
import { declareAnswer, declareBody, type RouteDeclaration } from '../route.ts';
import { databaseErrors } from './errors.ts';

const runId = '01a20790-52c1-7b0e-9d0c-2f7a3f1a6c11';

const load = {
  sessions: v.pipe(wholeNumber, v.description('In memory')),
  working: wholeNumber,
  sockets: v.pipe(wholeNumber, v.description('Open WebSockets and event streams')),
  hosts: wholeNumber,
  fullHosts: v.pipe(wholeNumber, v.description('Hosts that take no commands at present')),
  sandboxes: v.pipe(wholeNumber, v.description('That sessions hold')),
};

export const EngineOfAll = v.strictObject({
  runId: v.pipe(v.string(), v.description('This start of the engine')),
  isThis: v.pipe(v.boolean(), v.description('Whether it is the engine that answers')),
  node: v.pipe(
    v.nullable(v.string()),
    v.description("Its NODE_NAME, or its machine's name; null for an earlier release"),
  ),
  version: v.nullable(v.string()),
  wire: v.pipe(v.nullable(wholeNumber), v.description('The messages between engines that it speaks')),
  state: v.pipe(
    v.picklist(runStates),
    v.description(
      'Living: `open`, `draining`, or `isolated` from the others. Over: `ended`, `died`, or a `remainder` of sessions of dead ones that nobody has taken yet',
    ),
  ),
  beatAt: v.pipe(v.nullable(timestamp), v.description('Its last beat, of one a second; null once it is over')),
  isSilent: v.pipe(
    v.boolean(),
    v.description('Whether its silence counts as death once another engine wants its sessions'),
  ),
  labels: v.pipe(v.record(v.string(), v.string()), v.description('Its NODE_LABELS, which sessions may ask for')),
  liveSessions: v.pipe(wholeNumber, v.description('Sessions that are its own, those at rest included')),
  load: v.pipe(v.nullable(v.strictObject(load)), v.description('As its last beat said; null before that')),
});

export const AdminEngines = v.strictObject({
  engines: v.array(EngineOfAll),
  total: v.pipe(
    v.strictObject({
      engines: wholeNumber,
      liveSessions: wholeNumber,
      ...load,
      versions: v.pipe(v.array(v.string()), v.description('More than one while a roll-out is under way')),
    }),
    v.description('Of all living engines together'),
  ),
});
export type AdminEngines = v.InferOutput<typeof AdminEngines>;

const exampleLoad = { sessions: 12, working: 3, sockets: 9, hosts: 2, fullHosts: 0, sandboxes: 3 };

export const listEngines = {
  method: 'get',
  path: '/api/v1/admin/engines',
  tag: 'Admin',
  summary: 'List the engines on the database, with what each has to do, and all of them together',
  isOpen: false,
  access: 'admin',
  answer: declareAnswer(AdminEngines, {
    engines: [
      {
        runId,
        isThis: true,
        node: 'engine-1',
        version: '1.0.0',
        wire: 1,
        state: 'open',
        beatAt: exampleSession.updatedAt,
        isSilent: false,
        labels: { region: 'eu', gpu: 'true' },
        liveSessions: 40,
        load: exampleLoad,
      },
    ],
    total: { engines: 1, liveSessions: 40, ...exampleLoad, versions: ['1.0.0'] },
  }),
  errors: databaseErrors,
} as const satisfies RouteDeclaration;

const EnginePath = v.object({ id: v.pipe(v.string(), v.description('The `runId` of a living engine')) });

export const drainEngine = {
  method: 'post',
  path: '/api/v1/admin/engines/{id}/drain',
  tag: 'Admin',
  summary:
    'Have any engine take no new work, and end once nothing is at work on it; it hears of it within a second or two',
  isOpen: false,
  access: 'admin',
  parameters: EnginePath,
  body: declareBody(
    v.object({
      confirm: v.pipe(v.literal('drain'), v.description('The word `drain`, since the engine ends')),
      withinSeconds: v.pipe(
        v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(limits.drainSecondsMax)), 3_600),
        v.description('When it ends at the latest, 0 for at once; turns that go on then get 10 s, as after SIGTERM'),
      ),
    }),
    { confirm: 'drain', withinSeconds: 600 },
  ),
  answer: declareAnswer(v.strictObject({ runId: v.string(), asked: v.literal('drain') }), { runId, asked: 'drain' }),
  errors: ['noSuchEngine', ...databaseErrors],
} as const satisfies RouteDeclaration;

export const undrainEngine = {
  method: 'post',
  path: '/api/v1/admin/engines/{id}/undrain',
  tag: 'Admin',
  summary: 'Have any engine take work again, unless it is about to end',
  isOpen: false,
  access: 'admin',
  parameters: EnginePath,
  answer: declareAnswer(v.strictObject({ runId: v.string(), asked: v.literal('undrain') }), {
    runId,
    asked: 'undrain',
  }),
  errors: ['noSuchEngine', ...databaseErrors],
} as const satisfies RouteDeclaration;
