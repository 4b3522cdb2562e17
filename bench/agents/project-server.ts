// A git server on loopback that has the project: git's own HTTP backend on a bare clone in a temporary folder.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { makeProject } from './project.ts';

export type ProjectServer = { host: string; url: string; close(): Promise<void> };

const bareName = 'ledger.git';

export async function startProjectServer(): Promise<ProjectServer> {
  const folder = mkdtempSync(path.join(tmpdir(), 'lucid-bench-git-'));
  makeProject(path.join(folder, 'work'));
  execFileSync('git', ['clone', '--quiet', '--bare', 'work', bareName], { cwd: folder });
  const server = createServer((request, response) => answerGit(request, response, folder));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true, force: true });
  };
  return { host, url: `http://${host}/${bareName}`, close };
}

/** Git's backend is a CGI: it prints headers, an empty line, and the body. */
function answerGit(request: IncomingMessage, response: ServerResponse, folder: string): void {
  const [pathInfo = '', query = ''] = (request.url ?? '').split('?');
  const backend = spawn('git', ['http-backend'], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: {
      PATH: process.env.PATH,
      GIT_PROJECT_ROOT: folder,
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
      PATH_INFO: pathInfo,
      QUERY_STRING: query,
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers['content-type'],
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'],
    },
  });
  backend.stdin.on('error', () => undefined); // Git may end before it has read all.
  request.pipe(backend.stdin);
  const chunks: Buffer[] = [];
  backend.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  backend.once('close', () => sendAnswer(Buffer.concat(chunks), response));
}

const headEnd = '\r\n\r\n';

function sendAnswer(printed: Buffer, response: ServerResponse): void {
  const end = printed.indexOf(headEnd);
  for (const line of printed.toString('latin1', 0, end).split('\r\n')) {
    const [name = '', value = ''] = line.split(': ');
    if (name === 'Status') response.statusCode = Number.parseInt(value, 10);
    else response.setHeader(name, value);
  }
  response.end(printed.subarray(end + headEnd.length));
}
