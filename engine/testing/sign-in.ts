// A browser that signs in, for tests: pages of the engine's own, with the cookies that it was given.
import { TestClient } from './client.ts';
import type { TestEngine } from './engine.ts';

/** An engine for development, which signs in by name. */
export const developmentEnvironment = { INTERNAL_API_KEY: '' };

export class TestBrowser {
  readonly cookies = new Map<string, string>();
  readonly #engine: Pick<TestEngine, 'http' | 'ws'>;

  constructor(engine: Pick<TestEngine, 'http' | 'ws'>) {
    this.#engine = engine;
  }

  /** What the browser sends of its own accord from a page of the engine. */
  get headers(): Record<string, string> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    return { Origin: this.#engine.http, ...(cookie !== '' && { Cookie: cookie }) };
  }

  async ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Response> {
    const answer = await fetch(new URL(path, this.#engine.http), {
      method,
      redirect: 'manual',
      headers: { ...this.headers, 'Content-Type': 'application/json', ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    this.keep(answer.headers.getSetCookie());
    return answer;
  }

  async call<Body>(method: string, path: string, body?: unknown, headers?: Record<string, string>) {
    const answer = await this.ask(method, path, body, headers);
    return { status: answer.status, headers: answer.headers, body: (await answer.json()) as Body };
  }

  /** @throws where the engine refuses */
  async signIn(name: string, headers: Record<string, string> = {}): Promise<void> {
    const { status, body } = await this.call<object>('POST', '/console/session', { name }, headers);
    if (status !== 200) throw new Error(JSON.stringify(body));
  }

  /** A WebSocket, whose first message says nothing of who it is. */
  open(headers: Record<string, string> = {}, query = ''): Promise<TestClient> {
    return TestClient.open(`${this.#engine.ws}${query}`, { headers: { ...this.headers, ...headers } });
  }

  keep(setCookies: readonly string[]): void {
    for (const line of setCookies) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (/; Max-Age=0(;|$)/i.test(line)) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
  }
}
