// An OpenID Connect provider that nobody here wrote, for tests: with its own pages, and accounts that a test names.
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { decodeJwt, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import Provider, { type ClientMetadata } from 'oidc-provider';

export const testClient = { id: 'console', secret: 'a secret that the provider has given' };

export type TestProvider = {
  issuer: string;
  /** The claims of each account, by its login. */
  accounts: Map<string, Record<string, unknown>>;
  /** How often each path was asked. */
  asked: Map<string, number>;
  /** Lets browsers come back to this engine. */
  register(engine: { http: string }, client?: Partial<ClientMetadata>): void;
  /** What ID tokens say from now on, signed with the provider's own key, or with another one. */
  forge(change: ((claims: JWTPayload) => JWTPayload) | undefined, withOtherKey?: boolean): void;
  /** Whether nothing is answered any more but 503. */
  setAway(isAway: boolean): void;
  close(): Promise<void>;
};

export async function startTestProvider(): Promise<TestProvider> {
  const keys = await Promise.all([makeKey(), makeKey()]);
  const accounts = new Map<string, Record<string, unknown>>();
  const asked = new Map<string, number>();
  const registered = Promise.withResolvers<void>();
  let serve: ReturnType<Provider['callback']> | undefined;
  let change: ((claims: JWTPayload) => JWTPayload) | undefined;
  let isAway = false;
  let key = keys[0];
  const server = createServer(async (request, response) => {
    const path = request.url?.split('?', 1)[0] ?? '';
    asked.set(path, (asked.get(path) ?? 0) + 1);
    if (!isAway) await registered.promise; // An engine asks as soon as it has started.
    if (isAway || !serve) return void response.writeHead(503).end();
    if (path === '/token' && change) forgeAnswer(response, change, key);
    void serve(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    issuer,
    accounts,
    asked,
    register: (engine, client) => {
      serve = makeProvider(issuer, { engine, client, accounts, jwks: { keys: [keys[0].jwk] } }).callback();
      registered.resolve();
    },
    forge: (asChanged, withOtherKey = false) => {
      change = asChanged;
      key = keys[withOtherKey ? 1 : 0];
    },
    setAway: (isNowAway) => {
      isAway = isNowAway;
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function makeKey() {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  return { privateKey, jwk: { ...(await exportJWK(privateKey)), kid: 'key', use: 'sig', alg: 'RS256' } };
}
type Key = Awaited<ReturnType<typeof makeKey>>;

type Made = {
  engine: { http: string };
  client: Partial<ClientMetadata> | undefined;
  accounts: TestProvider['accounts'];
  jwks: { keys: Key['jwk'][] };
};

const makeProvider = (issuer: string, { engine, client, accounts, jwks }: Made): Provider =>
  new Provider(issuer, {
    clients: [
      {
        client_id: testClient.id,
        client_secret: testClient.secret,
        redirect_uris: [`${engine.http}/console/callback`],
        post_logout_redirect_uris: [`${engine.http}/console/`],
        ...client,
      },
    ],
    jwks: jwks as NonNullable<ConstructorParameters<typeof Provider>[1]>['jwks'] & object,
    pkce: { required: () => true },
    scopes: ['openid', 'groups'],
    claims: {
      openid: ['sub'],
      profile: ['name', 'preferred_username'],
      email: ['email', 'email_verified'],
      groups: ['groups'],
    },
    cookies: { keys: ['a key of the provider'] },
    findAccount: (_, login) => ({ accountId: login, claims: () => ({ sub: login, ...accounts.get(login) }) }),
  });

/** The answer of the token endpoint has another ID token. */
function forgeAnswer(response: ServerResponse, change: (claims: JWTPayload) => JWTPayload, { privateKey }: Key): void {
  const end = response.end.bind(response) as (body: string) => ServerResponse;
  const forge = async (body: string) => {
    const answer = JSON.parse(body) as { id_token: string };
    const header = { alg: 'RS256', kid: 'key' };
    const id_token = await new SignJWT(change(decodeJwt(answer.id_token))).setProtectedHeader(header).sign(privateKey);
    const forged = JSON.stringify({ ...answer, id_token });
    response.setHeader('Content-Length', Buffer.byteLength(forged));
    end(forged);
  };
  response.end = ((body: Buffer | string) => {
    void forge(String(body));
    return response;
  }) as ServerResponse['end'];
}
