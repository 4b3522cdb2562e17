// A git server: git's own HTTP backend behind a token, on bare repositories in a temporary folder.
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import path from 'node:path';

export type RecordedRequest = { method: string; url: string; headers: IncomingHttpHeaders };

/** Answers in the server's place. @returns false where it leaves the answer to the server */
export type AnswerInstead = (request: IncomingMessage, response: ServerResponse) => boolean;

/**
 * `token` is the password; without one everybody may read and write. With `tls` the server speaks https. `address` is one of
 * this machine, for engines on another one.
 */
export type GitServerOptions = { token?: string; tls?: { key: string; cert: string }; address?: string };

export class GitServer {
  readonly folder = mkdtempSync('/tmp/lucid-git-server-');
  readonly requests: RecordedRequest[] = [];
  readonly #server: Server;
  readonly #token: string | undefined;
  /** A test may set another answer; requests are recorded all the same. */
  answer: AnswerInstead = () => false;

  private constructor({ token, tls }: GitServerOptions) {
    this.#token = token;
    this.#server = tls ? https.createServer(tls) : createServer();
    this.#server.on('request', (request, response) => this.#handle(request, response));
  }

  static async start(options: GitServerOptions = {}): Promise<GitServer> {
    const server = new GitServer(options);
    await new Promise<void>((resolve) => server.#server.listen(0, options.address ?? '127.0.0.1', resolve));
    return server;
  }

  /** `127.0.0.1:40123` */
  get host(): string {
    const { address, port } = this.#server.address() as AddressInfo;
    return `${address}:${port}`;
  }

  urlOf(name: string): string {
    return `http://${this.host}/${name}`;
  }

  /** Forgets recorded requests and the answer that a test has set. */
  reset(): void {
    this.answer = () => false;
    this.requests.length = 0;
  }

  /**
   * Adds a repository with one commit on `main`, and the same on `other`.
   * @param arrange changes the folder where files alone don't do
   */
  addRepository(
    name: string,
    files: Record<string, string | Buffer> = { 'README.md': `This is ${name}.\n` },
    arrange: (folder: string) => void = () => undefined,
  ): void {
    const bare = this.#addBare(name);
    const work = mkdtempSync('/tmp/lucid-git-work-');
    runGit(work, 'init', '--quiet', '--initial-branch=main');
    for (const [file, content] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(work, file)), { recursive: true });
      writeFileSync(path.join(work, file), content);
    }
    arrange(work);
    runGit(work, 'add', '.');
    runGit(work, '-c', 'user.name=Test', '-c', 'user.email=test@lucid.invalid', 'commit', '--quiet', '-m', 'First');
    runGit(work, 'push', '--quiet', bare, 'main', 'main:other');
    rmSync(work, { recursive: true, force: true });
  }

  /** Adds a repository with more paths than could be written one by one, all of the same content, on `main`. */
  importRepository(name: string, paths: readonly string[], content: string): void {
    const data = (text: string) => `data ${Buffer.byteLength(text)}\n${text}\n`;
    const commit = `commit refs/heads/main\ncommitter Test <test@lucid.invalid> 0 +0000\n${data('First')}`;
    const input = `blob\nmark :1\n${data(content)}${commit}${paths.map((file) => `M 100644 :1 ${file}\n`).join('')}`;
    execFileSync('git', ['fast-import', '--quiet'], { cwd: this.#addBare(name), input });
  }

  /** Adds a repository that nobody has pushed to. */
  addEmptyRepository(name: string): void {
    this.#addBare(name);
  }

  #addBare(name: string): string {
    const bare = path.join(this.folder, name);
    runGit(this.folder, 'init', '--quiet', '--bare', '--initial-branch=main', bare);
    return bare;
  }

  /** Runs git in a bare repository. @returns what it printed */
  runGit(name: string, ...args: string[]): string {
    return runGit(path.join(this.folder, name), ...args);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    rmSync(this.folder, { recursive: true, force: true });
  }

  #handle(request: IncomingMessage, response: ServerResponse): void {
    const { method = '', url = '', headers } = request;
    this.requests.push({ method, url, headers });
    if (!this.answer(request, response)) this.serve(request, response);
  }

  /** Answers as git does. */
  serve(request: IncomingMessage, response: ServerResponse): void {
    const { headers } = request;
    if (!this.#admits(headers.authorization))
      return void response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end('No.');
    this.#runBackend(request, response);
  }

  #admits(authorization = ''): boolean {
    const [, credentials = ''] = authorization.split(' ');
    const [, password] = Buffer.from(credentials, 'base64').toString().split(':');
    return this.#token === undefined || password === this.#token;
  }

  #runBackend(request: IncomingMessage, response: ServerResponse): void {
    const [pathInfo = '', query = ''] = (request.url ?? '').split('?');
    const { headers } = request;
    const child = spawn('git', ['http-backend'], {
      stdio: ['pipe', 'pipe', 'ignore'],
      env: {
        PATH: process.env.PATH,
        GIT_PROJECT_ROOT: this.folder,
        GIT_HTTP_EXPORT_ALL: '1',
        GIT_PROTOCOL: String(headers['git-protocol'] ?? ''),
        PATH_INFO: decodeURIComponent(pathInfo),
        QUERY_STRING: query,
        REQUEST_METHOD: request.method,
        REMOTE_USER: 'test',
        CONTENT_TYPE: headers['content-type'],
        HTTP_CONTENT_ENCODING: headers['content-encoding'],
        ...(headers['content-length'] !== undefined && { CONTENT_LENGTH: headers['content-length'] }),
      },
    });
    child.stdin.on('error', () => undefined); // Git may end before it has read all.
    request.pipe(child.stdin);
    response.once('close', () => child.kill());
    pipeCgiAnswer(child.stdout, response);
  }
}

/** A CGI prints headers, an empty line, and the body. */
function pipeCgiAnswer(output: NodeJS.ReadableStream, response: ServerResponse): void {
  let head = Buffer.alloc(0);
  const onData = (chunk: Buffer) => {
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\r\n\r\n');
    if (end < 0) return;
    output.off('data', onData);
    const headers = head
      .toString('latin1', 0, end)
      .split('\r\n')
      .map((line) => line.split(': '));
    const status = headers.find(([name]) => name === 'Status')?.[1] ?? '200';
    for (const [name = '', value = ''] of headers) if (name !== 'Status') response.setHeader(name, value);
    response.writeHead(Number.parseInt(status, 10));
    response.write(head.subarray(end + 4));
    output.pipe(response);
  };
  output.on('data', onData);
}

const runGit = (folder: string, ...args: string[]): string =>
  execFileSync('git', ['-c', 'core.compression=0', ...args], { cwd: folder, encoding: 'utf8' });
