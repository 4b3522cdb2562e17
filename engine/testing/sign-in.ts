// A browser that signs in, for tests: pages of the engine's own, with the cookies that it was given.
import { TestClient } from './client.ts';
import type { TestEngine } from './engine.ts';

/** An engine for development, which signs in by name. */
export const developmentEnvironment = { INTERNAL_API_KEY: '' };

type Navigation = { form?: Record<string, string>; until?: string };
export type Arrival = { url: URL; status: number; headers: Headers; text: string };

const redirectsMax = 10;

/** Where the form of a page is sent to. */
function actionIn({ url, text }: Arrival): string {
  const [, action] = /<form[^>]* action="([^"]+)"/.exec(text) ?? [];
  if (action === undefined) throw new Error(`There is no form at ${url}: ${text}`);
  return new URL(action, url).href;
}

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

  /** What the browser does where a link leads, or a form of another site: it follows to the end, or to an address. */
  async navigate(url: string, { form, until }: Navigation = {}): Promise<Arrival> {
    let [address, body] = [new URL(url, this.#engine.http), form];
    for (let redirects = 0; redirects <= redirectsMax; redirects++) {
      const { Cookie = '' } = this.headers;
      const answer = await fetch(address, {
        method: body ? 'POST' : 'GET',
        redirect: 'manual',
        headers: { Cookie, Accept: 'text/html', 'Sec-Fetch-Site': 'cross-site' },
        ...(body && { body: new URLSearchParams(body) }),
      });
      this.keep(answer.headers.getSetCookie());
      const text = await answer.text();
      const location = answer.headers.get('location');
      if (location === null) return { url: address, status: answer.status, headers: answer.headers, text };
      [address, body] = [new URL(location, address), undefined];
      if (until && address.href.startsWith(until))
        return { url: address, status: answer.status, headers: answer.headers, text };
    }
    throw new Error(`More than ${redirectsMax} redirects, lastly to ${address}.`);
  }

  /** Signs in at the provider's own pages, and agrees. @returns where the browser is then, or stops */
  async signInAtProvider(login: string, { at = '/console/sign-in', until }: { at?: string; until?: string } = {}) {
    const where = until === undefined ? {} : { until };
    const asked = await this.navigate(at, where);
    if (!asked.text.includes('name="login"')) return asked;
    const known = await this.navigate(actionIn(asked), { form: { prompt: 'login', login, password: 'any' }, ...where });
    if (!known.text.includes('value="consent"')) return known; // This account has agreed before.
    return this.navigate(actionIn(known), { form: { prompt: 'consent' }, ...where });
  }

  keep(setCookies: readonly string[]): void {
    for (const line of setCookies) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (/; Max-Age=0(;|$)/i.test(line)) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
  }
}
