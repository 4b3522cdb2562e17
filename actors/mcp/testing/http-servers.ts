// Servers over streamable HTTP for tests: the SDK's own, and hostile ones that answer as they like.
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { makeProbeServer } from './probe-tools.ts';

export type HttpServer = { url: string; host: string; requests: IncomingMessage[]; close(): Promise<void> };

export async function listen(answer: RequestListener): Promise<HttpServer> {
  const requests: IncomingMessage[] = [];
  const server: Server = createServer((request, response) => {
    requests.push(request);
    response.on('error', () => undefined);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://${host}/mcp`, host, requests, close };
}

/** The good server, a session of it for each client; `isJson`: it answers with JSON rather than with events. */
export async function listenProbe(isJson: boolean): Promise<HttpServer> {
  const transports = new Map<string, StreamableHTTPServerTransport>();
  return listen(async (request, response) => {
    const known = transports.get(String(request.headers['mcp-session-id']));
    if (known) return known.handleRequest(request, response);
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      enableJsonResponse: isJson,
      onsessioninitialized: (id) => void transports.set(id, transport),
    });
    await makeProbeServer({ PROBE_TOKEN: String(request.headers.authorization) }).connect(transport as never);
    await transport.handleRequest(request, response);
  });
}

type Call = { id: number; method: string };

const refuseStream: RequestListener = (_, response) => void response.writeHead(405).end();

/** A server that starts well, and then answers a call of its one tool as the test says. */
export const listenHostile = (
  deed: (call: Call, response: ServerResponse, request: IncomingMessage) => void,
  answerStream: RequestListener = refuseStream,
) =>
  listen(async (request, response) => {
    if (request.method !== 'POST') return answerStream(request, response);
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const call = JSON.parse(body) as Call;
    if (call.method === 'tools/call') return deed(call, response, request);
    if (call.id === undefined) return void response.writeHead(202).end();
    const result =
      call.method === 'initialize'
        ? { protocolVersion: '2025-06-18', capabilities: { tools: {} }, serverInfo: { name: 'bad', version: '1' } }
        : { tools: [{ name: 'act', inputSchema: { type: 'object' } }] };
    answerJson(response, { jsonrpc: '2.0', id: call.id, result });
  });

export const answerJson = (response: ServerResponse, value: object): void =>
  void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
