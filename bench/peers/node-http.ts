// What people would use instead for REST: node:http, in a process of its own.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerParent, usageOfThisProcess } from '../processes/parent.ts';
import type { PeerAnswers } from './uws.ts';

const server = createServer((_, response) => {
  response.end('{"status":"ok"}');
});

async function start(): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

answerParent({ start, usage: usageOfThisProcess } satisfies PeerAnswers);
