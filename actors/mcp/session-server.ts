// One server of a session: started when it is first needed, restarted where it ended, and asked. It never ends the session.
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import type { Upstream } from '../../sandbox/git/upstream.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { waitWithin } from '../../sandbox/scheduling/wait-within.ts';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import { hasMcpSecrets, type McpServer, type McpServerSecrets, type McpServerStatus } from '../../schema/mcp.ts';
import { makeErrorObservation, type Tool, type ToolEvent, type ToolRun } from '../tools/tool.ts';
import type { ServedTool } from '../tools/tool-set.ts';
import { makeCheckedFetch } from './checked-fetch.ts';
import { ProcessTransport } from './process-transport.ts';
import type { Sdk } from './sdk.ts';
import { showServedImages } from './served-images.ts';
import { readServedResult } from './served-result.ts';
import {
  actionOf,
  type ListedTool,
  makeServedTool,
  makeServedTools,
  type ServedBy,
  serverToolsMax,
} from './served-tools.ts';
import { ServerConnection } from './server-connection.ts';

/** How long a server may take to start: one that a package manager has to fetch first takes a minute. */
const startTimeoutMs = 90_000;
/** How soon a call tries a server again that failed to start. */
const restartPauseMs = 30_000;
/** How long after the end of its stream a request that has no answer by then counts as unanswered. */
const answerPatienceMs = 1_000;

export type SessionServerOptions = {
  server: McpServer;
  isTrusted: boolean;
  /** Absent where they were in memory only and are gone. */
  getSecrets(): McpServerSecrets | undefined;
  upstream: Pick<Upstream, 'ask'>;
  /** The folder that a program begins in, as commands know it. */
  getFolder(sandbox: Sandbox): string;
  now(): number;
  /** To be called when its state has changed. */
  onChanged(): void;
};

const secretsAreGone = failed(
  'keyIsGone',
  'Its secrets were in memory only and are gone; attach to the session with mcpServers again.',
);

export class SessionServer {
  readonly name: string;
  readonly #options: SessionServerOptions;
  readonly #end = new AbortController();
  #state: McpServerStatus['state'] = 'waiting';
  #reason = '';
  #failedAtMs = Number.NEGATIVE_INFINITY;
  #starting: Promise<Outcome<ServerConnection>> | undefined;
  #connection: ServerConnection | undefined;
  #tools: ReadonlyMap<string, ServedTool> = new Map();
  #simplified: readonly string[] = [];
  #listedTools = 0;
  #hasMore = false;
  #isListStale = false;
  #instructions = '';

  constructor(options: SessionServerOptions) {
    this.#options = options;
    this.name = options.server.name;
  }

  get status(): McpServerStatus {
    const reason = this.#state === 'failed' ? { reason: this.#reason } : {};
    const simplified = this.#simplified.length > 0 ? { simplified: [...this.#simplified] } : {};
    return { name: this.name, state: this.#state, tools: [...this.#tools.keys()], ...simplified, ...reason };
  }

  /** Those that it had when it was last asked for them. */
  get tools(): ReadonlyMap<string, ServedTool> {
    return this.#tools;
  }

  /** How many of its tools aren't offered; at least one where it names more than are read. */
  get leftOutTools(): number {
    return Math.max(0, this.#listedTools - serverToolsMax) + (this.#hasMore ? 1 : 0);
  }

  /** What it says of itself: its words. */
  get instructions(): string {
    return this.#instructions;
  }

  /** Starts it for a turn, and reads its tools again where it says that they have changed. */
  async prepare(sandbox: Sandbox): Promise<void> {
    const isRunning = this.#connection !== undefined;
    const started = await this.#start(sandbox);
    if (started.ok && isRunning && this.#isListStale) await this.#readTools(started.value);
  }

  /** A tool of this name that it doesn't list: to call it says so, after the server has been started where it wasn't. */
  makeUnlisted(fullName: string, ownName: string): Tool {
    return makeServedTool(fullName, unlistedTool(ownName), this.#servedBy(fullName)).tool;
  }

  /** It ends with the session; a program in the sandbox ends with that, too. */
  close(): void {
    this.#end.abort();
    void this.#connection?.close();
    this.#connection = undefined;
  }

  #servedBy(unlisted?: string): ServedBy {
    const { server, isTrusted } = this.#options;
    return {
      server: this.name,
      isTrusted,
      isInSandbox: 'command' in server,
      call: (tool, input, run) => this.#call(tool, input, run, unlisted),
    };
  }

  async #call(
    name: string,
    input: Record<string, unknown>,
    run: ToolRun,
    unlisted: string | undefined,
  ): Promise<ToolEvent> {
    const recentlyFailed = this.#options.now() - this.#failedAtMs < restartPauseMs;
    if (this.#state === 'failed' && recentlyFailed) return this.#observeFailure(this.#reason);
    const timeoutMs = Math.min(startTimeoutMs, run.commandTimeoutMs);
    const connection = await waitWithin(this.#start(run.sandbox), timeoutMs, run.signal);
    if (connection === 'cancelled') return makeErrorObservation('The call was interrupted.');
    if (connection === 'late') return this.#observeFailure('It is still starting.');
    if (!connection.ok) return this.#observeFailure(connection.failure.detail);
    const ownName = unlisted === undefined ? name : this.#ownNameOf(unlisted);
    if (ownName === undefined) return makeErrorObservation(this.#sayTools(unlisted ?? name));
    const result = await connection.value.callTool(ownName, input, {
      signal: run.signal,
      timeoutMs: run.commandTimeoutMs,
      onProgress: (text) => run.onOutput?.(Buffer.from(`${text}\n`)),
    });
    if (run.signal.aborted) return makeErrorObservation('The call was interrupted.');
    if (!result.ok)
      return this.#observeFailure(this.#connection === connection.value ? result.failure.detail : this.#reason);
    const { content, images } = await showServedImages(result.value.content, run.keepImage);
    const { text, isError } = readServedResult({ ...result.value, content });
    const { metadata } = actionOf('', { server: this.name, tool: ownName }, {});
    return {
      eventType: isError ? 'ErrorObservation' : 'McpObservation',
      content: text,
      metadata: images.length === 0 ? metadata : { ...metadata, images },
    };
  }

  #ownNameOf(fullName: string): string | undefined {
    return this.#tools.get(fullName)?.ownName;
  }

  #sayTools(called: string): string {
    const names = [...this.#tools.keys()].join(', ');
    return `The MCP server ${this.name} has no tool ${called}; it has ${names === '' ? 'none' : names}.`;
  }

  #observeFailure(reason: string): ToolEvent {
    return makeErrorObservation(`The MCP server ${this.name} gave no result. ${reason}`);
  }

  #start(sandbox: Sandbox): Promise<Outcome<ServerConnection>> {
    if (this.#connection) return Promise.resolve(succeeded(this.#connection));
    this.#starting ??= this.#startNow(sandbox).finally(() => {
      this.#starting = undefined;
    });
    return this.#starting;
  }

  async #startNow(sandbox: Sandbox): Promise<Outcome<ServerConnection>> {
    this.#changeState('starting', '');
    const connection = await this.#connect(sandbox);
    if (!connection.ok) return this.#fail(this.#reason || connection.failure.detail);
    if (this.#end.signal.aborted) {
      await connection.value.close();
      return this.#fail('The session has ended.');
    }
    this.#instructions = connection.value.instructions;
    const listed = await this.#readTools(connection.value);
    if (!listed.ok) {
      await connection.value.close();
      return this.#fail(this.#reason || listed.failure.detail);
    }
    this.#connection = connection.value;
    this.#changeState('ready', '');
    return connection;
  }

  async #connect(sandbox: Sandbox): Promise<Outcome<ServerConnection>> {
    const secrets = this.#options.getSecrets();
    if (!secrets && hasMcpSecrets(this.#options.server)) return secretsAreGone;
    const { sdk } = await import('./sdk.ts');
    const transport = this.#makeTransport(sdk, sandbox, secrets ?? { values: {} });
    let opened: ServerConnection | undefined;
    const events = {
      onToolsChanged: () => {
        this.#isListStale = true;
      },
      onClosed: () => {
        if (opened !== undefined && this.#connection === opened) this.#fail(this.#reason || 'It ended the connection.');
      },
    };
    const options = { timeoutMs: startTimeoutMs, signal: this.#end.signal };
    const connection = await ServerConnection.open(sdk, transport, events, options);
    if (connection.ok) opened = connection.value;
    return connection;
  }

  #makeTransport(sdk: Sdk, sandbox: Sandbox, { values, url }: McpServerSecrets): Transport {
    const { server, upstream, getFolder, now } = this.#options;
    const noteReason = (reason: string) => {
      this.#reason = reason;
    };
    if ('command' in server)
      return new ProcessTransport({
        sandbox,
        program: {
          program: [server.command, ...server.args],
          environment: values,
          folder: getFolder(sandbox),
        },
        parseMessage: (value) => sdk.JSONRPCMessageSchema.parse(value),
        onEnded: noteReason,
      });
    const transport: Transport = new sdk.StreamableHTTPClientTransport(new URL(url ?? server.url), {
      requestInit: { headers: values },
      fetch: makeCheckedFetch({
        upstream,
        now,
        onRefused: (reason) => {
          noteReason(reason);
          void transport.close();
        },
        onAnswerEnded: (id) => setTimeout(() => answerNothing(transport, id), answerPatienceMs).unref(),
      }),
    }) as Transport;
    return transport;
  }

  async #readTools(connection: ServerConnection): Promise<Outcome<void>> {
    this.#isListStale = false;
    const listed = await connection.listTools(this.#end.signal);
    if (!listed.ok) return listed;
    const { tools, simplified } = makeServedTools(listed.value.tools, this.#servedBy());
    this.#tools = tools;
    this.#simplified = simplified;
    this.#listedTools = listed.value.tools.length;
    this.#hasMore = listed.value.hasMore;
    this.#options.onChanged();
    return succeeded(undefined);
  }

  #fail(reason: string): Outcome<never> {
    this.#connection = undefined;
    this.#failedAtMs = this.#options.now();
    this.#changeState('failed', reason);
    return failed('noAnswer', reason);
  }

  #changeState(state: McpServerStatus['state'], reason: string): void {
    this.#state = state;
    this.#reason = reason;
    this.#options.onChanged();
  }
}

const unlistedTool = (name: string): ListedTool => ({
  name,
  description: '',
  inputSchema: {},
  annotations: {},
  execution: {},
});

/** An answer that ended without the message that was waited for; where that has come meanwhile, this one is dropped. */
function answerNothing(transport: Transport, id: number | string): void {
  const error = { code: -32_000, message: 'It ended its answer without a result.' };
  transport.onmessage?.({ jsonrpc: '2.0', id, error });
}
