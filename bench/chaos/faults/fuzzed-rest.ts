// Random REST requests: every answer is one of the catalogue, and the engine stays the same process.
import http from 'node:http';
import fc from 'fast-check';
import { backEndHeadersOf } from '../../../engine/testing/engine.ts';
import { Stage } from '../chaos-stage.ts';
import { type FaultOptions, type Finding, makeFault, violationUnless } from '../fault.ts';
import { writeFuzzedJson } from '../fuzzed-json.ts';

const atOnce = 16;
const violationsShownMax = 10;
const answerWithinMs = 30_000;

type Size = { requests: number };

export const fuzzedRest = makeFault<Size>({
  whole: { requests: 20_000 },
  quick: { requests: 1_000 },
  title: ({ requests }) => `${requests.toLocaleString('en')} fuzzed REST requests`,
  reach: () => '0 answers of 5xx other than 503, same process',
  run: runFuzzedRest,
});

type Fuzzed = { method: string; path: string; headers: Record<string, string>; body: string };

async function runFuzzedRest({ requests }: Size, { random, progress }: FaultOptions): Promise<Finding> {
  const stage = await Stage.open();
  const agent = new http.Agent({ keepAlive: true, maxSockets: atOnce });
  try {
    const due = fc.sample(fuzzed, { numRuns: requests, seed: random.between(0, 2 ** 30) });
    const statuses = new Map<string, number>();
    const violations: string[] = [];
    const sendSome = async () => {
      for (let request = due.pop(); request; request = due.pop()) {
        if (due.length % 2_000 === 0) progress(`${due.length} left`);
        const status = await sendFuzzed(stage.http, agent, request);
        statuses.set(groupOf(status), (statuses.get(groupOf(status)) ?? 0) + 1);
        if (status >= 500 && status !== 503) violations.push(`${status} for ${JSON.stringify(request).slice(0, 500)}`);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, sendSome));
    const health = await fetch(`${stage.http}/health`);
    const counts = [...statuses].sort().map(([group, times]) => `${times} × ${group}`);
    return {
      measured: `${requests} requests: ${counts.join(', ')}`,
      violations: [
        ...violations.slice(0, violationsShownMax),
        ...violationUnless(health.status === 200 && stage.isRunning, 'the engine ended'),
      ],
    };
  } finally {
    agent.destroy();
    await stage.close();
  }
}

const groupOf = (status: number) =>
  status === 0 ? 'no answer' : status === 503 ? '503' : `${Math.floor(status / 100)}xx`;

/** @returns the status, or 0 where the connection ended instead */
function sendFuzzed(origin: string, agent: http.Agent, { method, path, headers, body }: Fuzzed): Promise<number> {
  return new Promise((resolve) => {
    const framed = { ...headers, 'Content-Length': String(Buffer.byteLength(body)) }; // A body that isn't read would be the next request.
    const request = http.request(
      origin + path,
      { method, headers: framed, agent, timeout: answerWithinMs },
      (answer) => {
        answer.resume();
        answer.once('end', () => resolve(answer.statusCode ?? 0));
        answer.once('error', () => resolve(0));
      },
    );
    request.once('timeout', () => request.destroy());
    request.once('error', () => resolve(0));
    request.end(body);
  });
}

const routes = [
  '/',
  '/health',
  '/ready',
  '/openapi.json',
  '/api/v1/sessions',
  '/api/v1/sessions/:',
  '/api/v1/sessions/:/messages',
  '/api/v1/chats',
  '/api/v1/chats/:',
  '/api/v1/files/list',
  '/api/v1/files/read',
  '/api/v1/ws',
  '/:',
];

/** A part of a path or query, escaped or not. */
const part = fc.oneof(
  fc.string({ maxLength: 40, unit: 'binary' }).map((text) => encodeURIComponent(text.toWellFormed())),
  fc.constantFrom(
    '..%2f..%2fetc%2fpasswd',
    '%00',
    '%ff%fe',
    '%',
    '%zz',
    '-1',
    '1e9',
    '99999999999999999999',
    "'--",
    '%F0%9F%92%A9',
  ),
  fc.uuid(),
);

const parameter = fc
  .tuple(fc.constantFrom('session_id', 'path', 'limit', 'offset', 'include', 'user_id', 'token', 'start', 'end'), part)
  .map(([name, value]) => `${name}=${value}`);

const path = fc
  .tuple(fc.constantFrom(...routes), part, fc.array(parameter, { maxLength: 4 }))
  .map(([route, id, query]) => route.replace(':', id) + (query.length > 0 ? `?${query.join('&')}` : ''));

/** The characters that a header may have; the client refuses others itself. */
const headerText = fc.string({ maxLength: 60, unit: 'grapheme-ascii' });

const headers = fc
  .tuple(
    fc.constantFrom<Record<string, string>>(
      backEndHeadersOf('fuzz'),
      backEndHeadersOf('fuzz'),
      {},
      { Authorization: 'Bearer x.y.z' },
    ),
    fc.dictionary(
      fc.constantFrom('Content-Type', 'Idempotency-Key', 'X-User-ID', 'Origin', 'Accept', 'If-Match'),
      headerText,
      { maxKeys: 3 },
    ),
  )
  .map(([known, more]) => ({ ...known, ...more }));

const fields = fc.record(
  {
    task: fc.oneof(fc.string(), fc.anything()),
    content: fc.oneof(fc.string(), fc.anything()),
    title: fc.oneof(fc.string({ maxLength: 400 }), fc.anything()),
    id: fc.oneof(fc.string(), fc.anything()),
    projectId: fc.anything(),
    modelProvider: fc.oneof(fc.constantFrom('anthropic', 'google', ''), fc.anything()),
    repoUrl: fc.oneof(fc.webUrl(), fc.string(), fc.anything()),
    branch: fc.oneof(fc.string(), fc.anything()),
    autoStart: fc.oneof(fc.boolean(), fc.anything()),
  },
  { requiredKeys: [] },
);

const body = fc.oneof(
  fields.map(writeFuzzedJson),
  fc.jsonValue().map(writeFuzzedJson),
  fc.string({ maxLength: 2_000, unit: 'binary' }),
  fc.nat(200).map((depth) => '['.repeat(depth) + ']'.repeat(depth)),
  fc.constant(''),
);

const fuzzed: fc.Arbitrary<Fuzzed> = fc.record({
  method: fc.constantFrom('GET', 'GET', 'POST', 'POST', 'POST', 'PATCH', 'PUT', 'DELETE', 'OPTIONS', 'HEAD'),
  path,
  headers,
  body,
});
