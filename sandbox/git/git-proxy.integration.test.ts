// The git proxy passes git's requests for the session's repository, refuses all others, and says why.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { isIP } from 'node:net';
import { test } from 'node:test';
import tls from 'node:tls';
import { limits } from '../../schema/limits.ts';
import type { Resolve } from '../outbound/checked-lookup.ts';
import type { GitServer } from '../testing/git-server.ts';
import {
  grantAccess,
  refsPath,
  sendRaw,
  sendRequest,
  shareTestGitProxy,
  type TestGitProxy,
  token,
} from '../testing/test-git-proxy.ts';
import type { GitGrant } from './git-proxy.ts';

let setup: TestGitProxy;
let server: GitServer;
let grant: GitGrant;

shareTestGitProxy((shared) => {
  ({ setup, server, grant } = shared);
});

test('git clones and pushes through the git proxy, and the server gets the token', async () => {
  await setup.runGit('clone', '--quiet', grant.url, 'clone');
  await setup.runGit('-C', 'clone', 'commit', '--quiet', '--allow-empty', '-m', 'Through the proxy');
  assert.match(await setup.runGit('-C', 'clone', 'push', 'origin', 'HEAD:fix/bug-123'), /new branch/);
  assert.match(server.runGit('user/app', 'log', '--oneline', 'fix/bug-123'), /Through the proxy/);
  const authorization = `Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`;
  assert.ok(server.requests.length >= 5);
  for (const { headers } of server.requests) assert.equal(headers.authorization, authorization);
  assert.equal(grant.failure, undefined);
});

test('the token in a URL is used where the session has none, and is shown nowhere', async () => {
  const given = await grantAccess(
    setup.proxy,
    server.urlOf('user/app').replace('http://', `http://someone:${token}@`),
    null,
  );
  assert.doesNotMatch(JSON.stringify(given), new RegExp(token));
  assert.match(await setup.runGit('ls-remote', given.url), /refs\/heads\/main/);
  const authorization = `Basic ${Buffer.from(`someone:${token}`).toString('base64')}`;
  assert.equal(server.requests[0]?.headers.authorization, authorization);
});

test("a URL's user is sent with the token, and is not sent without one", async () => {
  const ofAlice = server.urlOf('user/app').replace('http://', 'http://alice@');
  const withToken = await grantAccess(setup.proxy, ofAlice, token);
  assert.match(await setup.runGit('ls-remote', withToken.url), /refs\/heads\/main/);
  const authorization = `Basic ${Buffer.from(`alice:${token}`).toString('base64')}`;
  assert.equal(server.requests[0]?.headers.authorization, authorization);
  const openServer = await setup.startAnotherServer();
  openServer.addRepository('user/app');
  const proxy = setup.openAnother([openServer.host]);
  const alone = await grantAccess(proxy, openServer.urlOf('user/app').replace('http://', 'http://alice@'), null);
  assert.match(await setup.runGit('ls-remote', alone.url), /refs\/heads\/main/);
  assert.ok(openServer.requests.length > 0);
  for (const { headers } of openServer.requests) assert.equal(headers.authorization, undefined);
  const denied = await grantAccess(setup.proxy, ofAlice, null);
  assert.match(await setup.runGit('ls-remote', denied.url), /wants a git token for .*, and the session has none/);
  assert.doesNotMatch(JSON.stringify([withToken, alone, denied]), /alice/);
});

test('a refused URL gets no grant', async () => {
  for (const repoUrl of ['file:///etc', 'https://127.0.0.1/a/b', `http://${server.host}`, 'ext::sh -c id']) {
    const outcome = await setup.proxy.grant({ repoUrl, token });
    assert.equal(outcome.ok ? '' : outcome.failure.code, 'badRepoUrl', repoUrl);
  }
});

test('another repository, another path, another method, another grant and no grant are refused with 403', async () => {
  const other = await setup.grant('user/other');
  const { origin, pathname } = new URL(grant.url);
  const [, id = ''] = pathname.split('/');
  const place = `${server.host}/user/app`;
  for (const [method, url] of [
    ['GET', `${grant.url.replace('/app', '/other')}${refsPath}`],
    ['GET', `${other.url.replace('/other', '/app')}${refsPath}`],
    ['GET', `${grant.url}-docs${refsPath}`],
    ['GET', `${grant.url}/info/refs`],
    ['GET', `${grant.url}/HEAD`],
    ['GET', `${grant.url}/config`],
    ['GET', `${grant.url}/objects/info/packs`],
    ['POST', `${grant.url}/info/lfs/objects/batch`],
    ['GET', grant.url],
    ['GET', `${origin}/${id}`],
    ['GET', `${origin}/`],
    ['GET', `${origin}/${'A'.repeat(22)}/${place}${refsPath}`],
    ['GET', `${origin}/${id.toLowerCase()}/${place}${refsPath}`],
    ['GET', `${origin}/${place}${refsPath}`],
    ['POST', `${grant.url}${refsPath}`],
    ['HEAD', `${grant.url}${refsPath}`],
    ['GET', `${grant.url}/git-upload-pack`],
    ['DELETE', `${grant.url}/git-receive-pack`],
    ['OPTIONS', `${grant.url}${refsPath}`],
  ] as const) {
    const answer = await sendRequest(url, { method });
    assert.equal(answer.status, 403, `${method} ${url}`);
    if (method !== 'HEAD') assert.match(answer.text, /^Only git passes here.*\.\n$/);
  }
  assert.equal(server.requests.length, 0);
  other.revoke();
});

const buildRequest = (target: string, headers: string) =>
  `GET ${target} HTTP/1.1\r\n${headers}\r\nConnection: close\r\n\r\n`;

test('no spelling of a path or a target leads to another repository', async () => {
  const { host, pathname } = new URL(grant.url);
  const [, id] = pathname.split('/');
  const place = `${server.host}/user`;
  for (const target of [
    `${pathname}/../other${refsPath}`,
    `${pathname}/%2e%2e/other${refsPath}`,
    `${pathname}/..%2fother${refsPath}`,
    `${pathname}/..\\other${refsPath}`,
    `${pathname}/.git/../../other${refsPath}`,
    `/${id}/${place}/app/../other${refsPath}`,
    `/${id}/${place}//app${refsPath}`,
    `/${id}//${place}/app${refsPath}`,
    `//${id}/${place}/app${refsPath}`,
    `/%2f${id}/${place}/app${refsPath}`,
    `${pathname}%00${refsPath}`,
    `${pathname}\0${refsPath}`,
    `${pathname}\t${refsPath}`,
    `${pathname}?${refsPath}`,
    `${pathname}#${refsPath}`,
    `${pathname}${refsPath}#`,
    `${pathname}${refsPath}%20HTTP/1.0`,
    `${pathname.toUpperCase()}${refsPath}`,
    `http://${place}/other${refsPath}`,
    `http://evil.example.org${pathname}${refsPath}`,
    `http://${host}@${server.host}${pathname}${refsPath}`,
    `https://${host}${pathname}${refsPath}`,
    `http://${host}:80${pathname}${refsPath}`,
    `http://${host}/${id}/${place}/other${refsPath}`,
    `/${id}/${place}/other${refsPath}`,
  ])
    assert.match(await sendRaw(grant.url, buildRequest(target, `Host: ${host}`)), /^HTTP\/1\.1 40[03] /, target);
  assert.equal(server.requests.length, 0);
});

test('bytes that are not HTTP, and two requests in one, get no answer but a refusal', async () => {
  const { pathname } = new URL(grant.url);
  const post = `POST ${pathname}/git-upload-pack HTTP/1.1\r\nHost: a\r\n`;
  for (const bytes of [
    `CONNECT ${server.host} HTTP/1.1\r\nHost: ${server.host}\r\n\r\nGET /user/other${refsPath} HTTP/1.1\r\nHost: x\r\n\r\n`,
    `GET ${pathname}${refsPath} HTTP/1.1\r\n\r\n`,
    `GET ${pathname}${refsPath} HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(limits.gitHeadersBytesMax)}\r\n\r\n`,
    `${post}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    `${post}Content-Length: 1\r\nContent-Length: 2\r\n\r\n0`,
    `${post}Content-Length: 1\n\n0`,
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    '\x16\x03\x01\x02\0\x01\0',
  ])
    assert.match(await sendRaw(grant.url, bytes), /^(HTTP\/1\.1 4|$)/, bytes.slice(0, 60));
  assert.equal(server.requests.length, 0);
});

test('headers of a request that name a host are ignored', async () => {
  const { host, pathname } = new URL(grant.url);
  for (const headers of [`Host: ${server.host}`, 'Host: evil.example.org', `Host: ${host}\r\nForwarded: host=evil`])
    assert.match(await sendRaw(grant.url, buildRequest(`${pathname}${refsPath}`, headers)), /^HTTP\/1\.1 200 /);
  assert.equal(server.requests.length, 3);
  for (const { url, headers } of server.requests)
    assert.deepEqual([url, headers.host, headers.forwarded], [`/user/app${refsPath}`, server.host, undefined]);
});

test("a sandbox's own credentials and cookies don't reach the server, nor a server's the sandbox", async () => {
  server.answer = (_, response) => {
    response.setHeader('set-cookie', 'session=1');
    response.setHeader('x-token-was', String(response.req.headers.authorization));
    return false;
  };
  const headers = { authorization: 'Basic b3duOm93bg==', cookie: 'own=1', 'proxy-authorization': 'own', 'x-own': '1' };
  const answer = await sendRequest(`${grant.url}${refsPath}`, { headers });
  assert.equal(answer.status, 200);
  assert.doesNotMatch(JSON.stringify(server.requests[0]?.headers), /b3du|own/);
  const own = ['connection', 'date', 'transfer-encoding'];
  const passing = Object.keys(answer.headers).filter((name) => !own.includes(name));
  assert.deepEqual(passing.sort(), ['cache-control', 'content-type', 'expires', 'pragma']);
});

test('git shows a sentence about a wrong token, no token, a missing repository or a broken server', async () => {
  const wrong = await setup.grant('user/app', 'ghp_wrong');
  const denied = /remote: 127\.0\.0\.1:\d+ does not accept the session's git token\./;
  assert.match(await setup.runGit('ls-remote', wrong.url), denied);
  assert.equal(wrong.failure?.code, 'repositoryDenied');
  const none = await setup.grant('user/app', null);
  assert.match(
    await setup.runGit('ls-remote', none.url),
    /remote: .* wants a git token for .*, and the session has none\./,
  );
  const missing = await setup.grant('user/missing');
  assert.match(await setup.runGit('ls-remote', missing.url), /remote: .* has no repository .*user\/missing/);
  assert.equal(missing.failure?.code, 'repositoryNotFound');
  for (const [status, code] of [
    [403, 'repositoryDenied'],
    [500, 'repositoryUnreachable'],
    [200, 'notARepository'],
  ] as const) {
    server.answer = (_, response) => Boolean(response.writeHead(status).end(`<html>${token}</html>`));
    const output = await setup.runGit('ls-remote', grant.url);
    assert.match(output, /remote: \S.*\.\n/);
    assert.doesNotMatch(output, /html|ghp_/);
    assert.equal(grant.failure?.code, code);
  }
});

test('a server that is away, breaks off or sends too many headers is a failure that says so', async () => {
  const gone = await setup.startAnotherServer();
  const { host } = gone;
  await gone.close();
  const own = setup.openAnother([host]);
  const { url } = await grantAccess(own, `http://${host}/user/app`);
  const answer = await sendRequest(`${url}${refsPath}`);
  assert.deepEqual([answer.status, answer.text], [503, `${host} can't be reached: it refuses connections.\n`]);
  server.answer = (request) => Boolean(request.socket.destroy());
  assert.match((await sendRequest(`${grant.url}${refsPath}`)).text, /it broke the connection/);
  server.answer = (_, response) => Boolean(response.writeHead(200, { x: 'x'.repeat(limits.gitHeadersBytesMax) }).end());
  assert.equal((await sendRequest(`${grant.url}${refsPath}`)).status, 503);
});

test('a renamed repository is followed on its own server, and the token goes to no other server', async () => {
  const otherServer = await setup.startAnotherServer();
  otherServer.addRepository('user/app');
  const redirectTo = (location: string) => {
    server.answer = ({ url = '' }, response) =>
      url.startsWith('/user/app/') && Boolean(response.writeHead(301, { location }).end());
  };
  redirectTo(`/user/other${refsPath}`);
  assert.match(await setup.runGit('clone', grant.url, 'renamed'), /^Cloning into 'renamed'\.\.\.\n$/);
  const fresh = await setup.grant('user/app');
  redirectTo(`${otherServer.urlOf('user/app')}${refsPath}`);
  const refused = `remote: ${server.host} sends git to ${otherServer.host}, where this session's git token does not go`;
  assert.match(await setup.runGit('ls-remote', fresh.url), new RegExp(refused));
  assert.equal(otherServer.requests.length, 0);
  redirectTo(`/user/app/again${refsPath}`);
  assert.match((await sendRequest(`${fresh.url}${refsPath}`)).text, /from one path to the next, without end/);
});

test('a host whose name leads to private addresses is refused, and its name is resolved once', async () => {
  const seen: string[] = [];
  const resolve: Resolve = async (hostname) => {
    seen.push(hostname);
    return ['127.0.0.1', '10.0.0.1', '::1', '::ffff:7f00:1'].map((address) => ({ address, family: isIP(address) }));
  };
  const own = setup.openAnother([], { resolve });
  const { url } = await grantAccess(own, 'https://rebinds.example.org/user/app');
  const answer = await sendRequest(`${url}${refsPath}`);
  const sentence = 'rebinds.example.org leads to an address that is not of the public internet.\n';
  assert.deepEqual([answer.status, answer.text, seen], [400, sentence, ['rebinds.example.org']]);
});

test('a failure says whether a name has no address or name servers do not answer', async () => {
  for (const [code, reason] of [
    ['ENOTFOUND', 'there is no host of that name'],
    ['ECONNREFUSED', 'nobody tells its address (ECONNREFUSED)'],
  ] as const) {
    const resolve = () => Promise.reject(Object.assign(new Error(code), { code, syscall: 'queryA' }));
    const own = setup.openAnother([], { resolve });
    const { url } = await grantAccess(own, 'https://nowhere.example.org/user/app');
    const answer = await sendRequest(`${url}${refsPath}`);
    assert.deepEqual([answer.status, answer.text], [503, `nowhere.example.org can't be reached: ${reason}.\n`]);
  }
});

test('a server over https needs a trusted certificate', async () => {
  const folder = mkdtempSync('/tmp/lucid-git-tls-');
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  const made = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', 'key', '-out', 'cert'];
  execFileSync('openssl', [...made, ...subject], { cwd: folder, stdio: 'ignore' });
  const [key, cert] = ['key', 'cert'].map((file) => readFileSync(`${folder}/${file}`, 'utf8'));
  assert.ok(key && cert);
  const secure = await setup.startAnotherServer({ token, tls: { key, cert } });
  secure.addRepository('user/app');
  const host = secure.host.replace('127.0.0.1', 'localhost');
  const own = setup.openAnother([host]);
  const { url } = await grantAccess(own, `https://${host}/user/app`);
  const refused = /^localhost:\d+ can't be reached: its certificate is not valid \(DEPTH_ZERO_SELF_SIGNED_CERT\)\.\n$/;
  assert.match((await sendRequest(`${url}${refsPath}`)).text, refused);
  assert.equal(secure.requests.length, 0);
  const trusted = tls.getCACertificates('default');
  tls.setDefaultCACertificates([...trusted, cert]);
  assert.match(await setup.runGit('ls-remote', url), /refs\/heads\/main/);
  tls.setDefaultCACertificates(trusted);
  rmSync(folder, { recursive: true, force: true });
});
