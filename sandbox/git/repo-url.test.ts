// The URL of a repository is accepted or refused, and its secrets are never shown.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { isAllowedHost, parseAllowedHosts } from '../outbound/allowed-hosts.ts';
import { checkRepoUrl, type RepoUrl, removeCredentials, repositoryNameOf, stemOf } from './repo-url.ts';

const none: ReadonlySet<string> = new Set();

function parseAllowed(list: string): ReadonlySet<string> {
  const allowed = parseAllowedHosts(list);
  assert.ok(allowed.ok);
  return allowed.value;
}

function acceptUrl(given: string, allowed = none): RepoUrl {
  const checked = checkRepoUrl(given, allowed);
  assert.ok(checked.ok, checked.ok ? '' : `${given}: ${checked.failure.detail}`);
  return checked.value;
}

function refuseUrl(given: string, allowed = none): string {
  const checked = checkRepoUrl(given, allowed);
  assert.ok(!checked.ok, `${given} was accepted`);
  assert.equal(checked.failure.code, 'badRepoUrl');
  return checked.failure.detail;
}

test('repositories of the internet are accepted over https', () => {
  for (const url of [
    'https://github.com/user/repo',
    'https://github.com/user/repo.git',
    'https://gitlab.com/group/sub/repo.git',
    'https://git.example.org:8443/~user/repo',
    'https://dev.azure.com/org/My%20Project/_git/repo',
    'https://8.8.8.8/repo',
    'https://[2606:50c0:8000::153]/repo',
    "https://example.org/it's;$(id)/repo",
  ])
    assert.deepEqual(acceptUrl(url), { url, credentials: null });
});

test('one repository is kept in one spelling', () => {
  for (const [given, url] of [
    ['HTTPS://GitHub.com/User/Repo/', 'https://github.com/User/Repo'],
    ['https://github.com:443/user/repo//', 'https://github.com/user/repo'],
    ['https://github.com./user/repo', 'https://github.com/user/repo'],
    ['https://bücher.example.org/a', 'https://xn--bcher-kva.example.org/a'],
    ['https://github.com/user/repö', 'https://github.com/user/rep%C3%B6'],
  ] as const)
    assert.equal(acceptUrl(given).url, url);
});

test('a path, another scheme or an option in place of a URL is refused', () => {
  for (const given of [
    '',
    'repo',
    '/etc/passwd',
    './repo',
    'file:///etc/passwd',
    'ext::sh -c touch% /tmp/pwn',
    'ext::sh',
    'ssh://git@github.com/user/repo',
    'git@github.com:user/repo.git',
    'git://github.com/user/repo',
    'ftp://example.org/repo',
    'http://github.com/user/repo',
    'javascript:alert(1)',
    'https:github.com/user/repo',
    'https:///github.com/user/repo',
    'transport::https://github.com/user/repo',
    '--upload-pack=touch /tmp/pwn',
    '-oProxyCommand=id',
    'https://-oProxyCommand.example.org/repo',
  ])
    refuseUrl(given);
});

test('a URL that a parser would correct, or that names more or less than a repository, is refused', () => {
  for (const given of [
    ' https://github.com/user/repo',
    'https://github.com/user/repo\n',
    'https://git\thub.com/user/repo',
    'https://github.com/user/re\0po',
    'https://github.com\\@evil.example.org/repo',
    'https://github.com/user/repo\u202e',
    'https://github.com/user/repo?x=1',
    'https://github.com/user/repo?',
    'https://github.com/user/repo#main',
    'https://github.com',
    'https://github.com/',
    'https://github.com//',
    'https://github.com/user//repo',
    'https://github.com/user/%2e%2e%2frepo',
    'https://github.com/user%2frepo',
    'https://github.com/user%5crepo',
    'https://github.com/user%00/repo',
    'https://github.com/user/%0d%0aHost:evil',
    'https://github.com/user/%252e',
    'https://github.com/user/%zz',
    'https://github.com/user/repo/.git',
    'https://github.com/.git',
    'https://github.com:99999/user/repo',
    'https://github..com/user/repo',
    'https://github.com../user/repo',
    `https://github.com/${'x'.repeat(2_048)}`,
  ])
    refuseUrl(given);
});

const privateHosts = [
  'localhost',
  'LOCALHOST',
  'localhost.',
  'foo.localhost',
  'localhost.localdomain',
  'gitserver',
  'git.internal',
  'metadata.google.internal',
  'printer.local',
  'nas.lan',
  'git.corp',
  'router.home.arpa',
  '127.0.0.1',
  '127.0.0.1.',
  '127.1',
  '2130706433',
  '0x7f000001',
  '0x7f.0.0.1',
  '0177.0.0.1',
  '017700000001',
  '１２７.0.0.1',
  '127。0。0。1',
  '%31%32%37.0.0.1',
  '0',
  '0.0.0.0',
  '10.0.0.1',
  '167772161',
  '100.64.0.1',
  '169.254.169.254',
  '0xa9fea9fe',
  '172.17.0.1',
  '192.168.0.1',
  '224.0.0.1',
  '255.255.255.255',
  '[::]',
  '[::1]',
  '[0:0:0:0:0:0:0:1]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[::ffff:a9fe:a9fe]',
  '[::127.0.0.1]',
  '[64:ff9b::7f00:1]',
  '[2002:7f00:1::]',
  '[fe80::1]',
  '[fc00::1]',
  '[fd00:ec2::254]',
  '[ff02::1]',
];

test('hosts that are not of the public internet are refused in any spelling', () => {
  for (const host of privateHosts)
    for (const given of [
      `https://${host}/user/repo`,
      `https://${host}:8443/user/repo`,
      `https://u:p@${host}/user/repo`,
    ])
      refuseUrl(given);
});

test('any private IPv4 address is refused, however it is written', async () => {
  const octet = fc.integer({ min: 0, max: 255 });
  const first = fc.constantFrom(
    [10, 0],
    [127, 0],
    [192, 168],
    [169, 254],
    [172, 16],
    [172, 31],
    [100, 64],
    [0, 0],
    [239, 1],
  );
  const spelling = fc.constantFrom<(n: number) => string>(
    String,
    (n) => `0x${n.toString(16)}`,
    (n) => `0${n.toString(8)}`,
  );
  await fc.assert(
    fc.property(
      first,
      octet,
      octet,
      fc.array(spelling, { minLength: 4, maxLength: 4 }),
      fc.boolean(),
      ([a = 0, b = 0], c, d, spell, isShort) => {
        const whole = ((a << 24) >>> 0) + (b << 16) + (c << 8) + d;
        const parts = [a, b, c, d].map((part, at) => spell[at]?.(part));
        refuseUrl(`https://${isShort ? spell[0]?.(whole) : parts.join('.')}/user/repo`);
      },
    ),
  );
});

test("the operator's own servers may be private, over http and https, on the ports that are named", () => {
  const allowed = parseAllowed(' git.corp, 10.0.0.7:3000 ,[fd00::7]:3000, LocalHost:80,,');
  for (const url of [
    'http://git.corp/a/b',
    'https://git.corp/a/b',
    'http://10.0.0.7:3000/a',
    'https://10.0.0.7:3000/a',
    'http://[fd00::7]:3000/a',
    'http://localhost/a',
  ]) {
    assert.equal(acceptUrl(url, allowed).url, url);
    assert.ok(isAllowedHost(new URL(url), allowed));
  }
  assert.equal(acceptUrl('http://0x0a000007:3000/a', allowed).url, 'http://10.0.0.7:3000/a');
  for (const given of [
    'http://git.corp:8080/a',
    'https://git.corp:8443/a',
    'https://10.0.0.7/a',
    'http://10.0.0.8:3000/a',
    'https://localhost/a',
    'http://evil.git.corp/a',
    'http://github.com/a/b',
  ])
    refuseUrl(given, allowed);
  assert.equal(acceptUrl('https://github.com/a/b', allowed).url, 'https://github.com/a/b');
});

test('a list of allowed hosts with an entry that is no host is refused', () => {
  for (const list of [
    'https://git.corp',
    'git.corp/path',
    'user@git.corp',
    'git corp',
    'git.corp:',
    'git.corp:x',
    'git.corp:70000',
    '*',
    '[::1',
    '1.2.3.4.5',
  ]) {
    assert.equal(parseAllowedHosts(list).ok, false, list);
  }
  assert.deepEqual(parseAllowed(''), none);
});

test('credentials are taken out of the URL: a user, a token alone, or both', () => {
  for (const [given, credentials] of [
    ['https://alice@github.com/user/repo', 'alice:'],
    ['https://ghp_abcdefgh@github.com/user/repo', 'ghp_abcdefgh'],
    ['https://oauth2:glpat%2Dx@github.com/user/repo', 'oauth2:glpat-x'],
    ['https://:secret@github.com/user/repo', 'x-access-token:secret'],
    ['https://alice:p%3Aa%40b@github.com/user/repo', 'alice:p:a@b'],
    ['https://a@b@github.com/user/repo', 'a@b:'],
    ['https://@github.com/user/repo', null],
  ] as const)
    assert.deepEqual(acceptUrl(given), { url: 'https://github.com/user/repo', credentials });
  refuseUrl('https://user:%zz@github.com/user/repo');
  refuseUrl('https://us%3Aer:secret@github.com/user/repo');
});

test('a kept URL holds no secret and is accepted unchanged, and a refusal does not repeat a secret', async () => {
  const secret = fc
    .string({ unit: fc.constantFrom(...'ABCXYZ019:@%/ ?#'), minLength: 1, maxLength: 12 })
    .map((text) => `S3CR3T${text}`);
  const host = fc.oneof(fc.domain(), fc.constantFrom(...privateHosts));
  await fc.assert(
    fc.property(secret, host, fc.webPath(), (hidden, name, path) => {
      const checked = checkRepoUrl(`https://${hidden}@${name}${path}`, none);
      if (!checked.ok) return assert.doesNotMatch(checked.failure.detail, /S3CR3T/i);
      const { url } = checked.value;
      const { username, password } = new URL(url);
      assert.deepEqual([username, password], ['', '']);
      assert.doesNotMatch(url, /S3CR3T/i);
      assert.deepEqual(acceptUrl(url), { url, credentials: null });
    }),
  );
});

test('any text is accepted or refused, and an accepted URL leads over https to the host that it shows', async () => {
  const unit = fc.constantFrom(...'ab.:/@?#%[]\\ -_~0', 'https://', 'github.com', '\n', '\0', '::', '..');
  await fc.assert(
    fc.property(
      fc.constantFrom('', 'https://', 'https://github.com/'),
      fc.string({ unit, maxLength: 8 }),
      (start, rest) => {
        const checked = checkRepoUrl(start + rest, none);
        if (checked.ok) assert.match(checked.value.url, /^https:\/\/[a-z0-9_.:[\]-]+(\/[^/?#\\\s]+)+$/);
      },
    ),
    { numRuns: 1_000 },
  );
});

test('messages show a repository without credentials', () => {
  assert.equal(
    removeCredentials('clone https://u:p@host/a and HTTP://t@h/b, ext::x'),
    'clone https://host/a and HTTP://h/b, ext::x',
  );
  assert.equal(removeCredentials('https://u:p@ss@host/a@2'), 'https://host/a@2');
  assert.equal(repositoryNameOf('https://github.com/user/repo.git'), 'github.com/user/repo');
  assert.equal(stemOf('https://github.com/user/.git'), 'https://github.com/user/.git');
});
