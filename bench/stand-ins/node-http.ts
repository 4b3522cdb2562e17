// What people would use instead for REST: node:http, in a process of its own.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerParent, readOwnUsage } from '../processes/parent.ts';
import type { HealthAnswers } from './uws-health.ts';

const server = createServer((_, response) => {
  response.end('{"status":"ok"}');
});

async function startNodeHttp(): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

answerParent({ start: startNodeHttp, usage: readOwnUsage } satisfies HealthAnswers);
