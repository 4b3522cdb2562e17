// A receiver of webhooks: a real HTTP server that keeps every request, and answers as the test says.
import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook, WebhookVerificationError } from 'standardwebhooks';
import type { WebhookPayload } from '../../../schema/protocol/webhooks/webhook-payload.ts';
import { waitUntil } from '../../testing/rest.ts';

export type Received = { id: string; headers: IncomingHttpHeaders; body: string; payload: WebhookPayload };

/** What a request is answered with; a function does so itself. */
export type Reply = number | ((response: ServerResponse, received: Received) => void);

export class Receiver {
  readonly received: Received[] = [];
  /** The answer to the next requests, each once; then `reply`. */
  readonly replies: Reply[] = [];
  reply: Reply = 204;
  readonly #server: Server;

  private constructor() {
    this.#server = createServer(this.#receive);
  }

  static async open(port = 0): Promise<Receiver> {
    const receiver = new Receiver();
    receiver.#server.listen(port, '127.0.0.1');
    await once(receiver.#server, 'listening');
    return receiver;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** As WEBHOOK_ALLOWED_HOSTS takes it. */
  get host(): string {
    return `127.0.0.1:${this.port}`;
  }

  get url(): string {
    return `http://${this.host}/hook`;
  }

  waitForCount(count: number): Promise<void> {
    return waitUntil(() => this.received.length >= count);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #receive: RequestListener = async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString();
    const { headers } = request;
    const received = { id: String(headers['webhook-id']), headers, body, payload: JSON.parse(body) as WebhookPayload };
    this.received.push(received);
    const reply = this.replies.shift() ?? this.reply;
    if (typeof reply === 'number') response.writeHead(reply).end();
    else reply(response, received);
  };
}

/** As a receiver that uses the specification's own package. */
export function isSigned({ body, headers }: Received, secret: string): boolean {
  try {
    new Webhook(secret).verify(body, headers as Record<string, string>);
    return true;
  } catch (error) {
    if (error instanceof WebhookVerificationError) return false;
    throw error;
  }
}
