// AsyncAPI's own parser takes the WebSocket's document as a client gets it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { leaveOut } from '../../sandbox/testing/left-out.ts';
import { installAsyncApiParser, listAsyncApiProblems } from '../testing/asyncapi-parser.ts';
import { startTestEngine } from '../testing/engine.ts';

const name = 'GET /asyncapi.json is an AsyncAPI document without errors or warnings';
const reason = await installAsyncApiParser();

if (reason !== undefined && process.env.REQUIRE_ASYNCAPI === '1')
  throw new Error(`REQUIRE_ASYNCAPI is 1, but ${reason}.`);

if (reason !== undefined) leaveOut(name, reason);
else
  test(name, async (t) => {
    const engine = await startTestEngine();
    t.after(() => engine.close());
    const answer = await fetch(`${engine.http}/asyncapi.json`);
    assert.equal(answer.status, 200);
    assert.deepEqual(await listAsyncApiProblems(await answer.text()), []);
    const spoiled = JSON.stringify({ asyncapi: '3.0.0', info: { title: 'No version' } });
    assert.notDeepEqual(await listAsyncApiProblems(spoiled), []);
  });
