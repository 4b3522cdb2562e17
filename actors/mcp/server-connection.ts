// One connection to a server: initialized, asked for its tools, asked to do something. Its failures are data.
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import type { jsonSchemaValidator as SchemaValidator } from '@modelcontextprotocol/sdk/validation/types.js';
import { waitWithin } from '../../sandbox/scheduling/wait-within.ts';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import { reasonOf } from '../../schema/reason-of.ts';
import { cleanText, cutText } from '../../schema/rules/text.ts';
import type { Sdk } from './sdk.ts';
import { type ListedTool, readListedTools } from './served-tools.ts';

type Client = InstanceType<Sdk['Client']>;
type HttpTransport = InstanceType<Sdk['StreamableHTTPClientTransport']>;

/** How long a server may take for a list of its tools, page by page. */
const listTimeoutMs = 20_000;
/** Pages and tools of a list that are read: a server may never say that it is at its end. */
const pagesMax = 20;
const listedToolsMax = 512;
/** How long a call may go without a word of progress, and how long it may take. */
const callSilenceTimeoutMs = 120_000;
const callTimeoutMsMax = 600_000;
/** How long a server may take to hear that its session ends. */
const farewellTimeoutMs = 2_000;
const reasonCharsMax = 600;
/** Characters of what a server says of itself. */
const instructionsCharsMax = 2_000;

export type ConnectionEvents = {
  /** Its list of tools is another now. */
  onToolsChanged(): void;
  /** It has ended, or was cut off. */
  onClosed(): void;
};

export type CallOptions = { signal: AbortSignal; timeoutMs: number; onProgress(text: string): void };

export class ServerConnection {
  readonly #sdk: Sdk;
  readonly #client: Client;

  private constructor(sdk: Sdk, client: Client) {
    this.#sdk = sdk;
    this.#client = client;
  }

  static async open(
    sdk: Sdk,
    transport: Transport,
    { onToolsChanged, onClosed }: ConnectionEvents,
    options: { timeoutMs: number; signal: AbortSignal },
  ): Promise<Outcome<ServerConnection>> {
    const client = new sdk.Client({ name: 'lucid-engine', version: '1' }, { capabilities: {}, jsonSchemaValidator });
    client.setNotificationHandler(sdk.ToolListChangedNotificationSchema, onToolsChanged);
    client.onclose = onClosed;
    client.onerror = () => undefined; // What is no message is dropped; a request that fails says why.
    try {
      await client.connect(transport, { timeout: options.timeoutMs, signal: options.signal });
      return succeeded(new ServerConnection(sdk, client));
    } catch (error) {
      await client.close().catch(() => undefined);
      await transport.close().catch(() => undefined);
      return failed('noAnswer', sentenceOf(error));
    }
  }

  /** What the server says of itself: its words, bounded. */
  get instructions(): string {
    return cutText(cleanText(this.#client.getInstructions() ?? '').trim(), instructionsCharsMax);
  }

  /** @returns its tools, and whether there are more than are read */
  async listTools(signal: AbortSignal): Promise<Outcome<{ tools: ListedTool[]; hasMore: boolean }>> {
    if (!this.#client.getServerCapabilities()?.tools) return succeeded({ tools: [], hasMore: false });
    const tools: ListedTool[] = [];
    let cursor: string | undefined;
    const options = { signal: AbortSignal.any([signal, AbortSignal.timeout(listTimeoutMs)]), timeout: listTimeoutMs };
    try {
      for (let page = 0; page < pagesMax && tools.length < listedToolsMax; page++) {
        const params = cursor === undefined ? {} : { cursor };
        const asked = { method: 'tools/list' as const, params };
        const listed = await this.#client.request(asked, this.#sdk.ResultSchema, options);
        tools.push(...readListedTools(listed.tools));
        cursor = typeof listed.nextCursor === 'string' ? listed.nextCursor : undefined;
        if (cursor === undefined) return succeeded({ tools, hasMore: false });
      }
      return succeeded({ tools: tools.slice(0, listedToolsMax), hasMore: true });
    } catch (error) {
      return failed('noAnswer', `It gives no list of its tools: ${sentenceOf(error)}`);
    }
  }

  async callTool(
    name: string,
    input: Record<string, unknown>,
    { signal, timeoutMs, onProgress }: CallOptions,
  ): Promise<Outcome<Record<string, unknown>>> {
    try {
      const asked = { method: 'tools/call' as const, params: { name, arguments: input } };
      const result = await this.#client.request(asked, this.#sdk.ResultSchema, {
        signal,
        timeout: Math.min(callSilenceTimeoutMs, timeoutMs),
        maxTotalTimeout: Math.min(callTimeoutMsMax, timeoutMs),
        resetTimeoutOnProgress: true,
        onprogress: ({ message }) => message !== undefined && onProgress(cutText(cleanText(message), reasonCharsMax)),
      });
      return succeeded(result);
    } catch (error) {
      return failed('noAnswer', sentenceOf(error));
    }
  }

  /** A server at an address is told first that nobody comes back to this session of it. */
  async close(): Promise<void> {
    const { transport } = this.#client;
    if (transport && 'terminateSession' in transport) {
      const told = (transport as HttpTransport).terminateSession().catch(() => undefined);
      await waitWithin(told, farewellTimeoutMs);
    }
    await this.#client.close().catch(() => undefined); // It is gone in any case.
  }
}

/** Schemas of servers are compiled by nobody: a hostile one could take a host's time. */
const jsonSchemaValidator: SchemaValidator = {
  getValidator: () => (input) => ({ valid: true, data: input as never, errorMessage: undefined }),
};

const sentenceOf = (error: unknown): string => cutText(cleanText(reasonOf(error)), reasonCharsMax);
