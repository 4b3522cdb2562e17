// Commands get the versions of toolchains that the operator's own shell would, and nothing else of the operator's home.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { environmentOfToolchains, findToolchains } from './toolchains.ts';

async function makeHome(files: Record<string, string>): Promise<string> {
  const home = await mkdtemp('/tmp/lucid-home-');
  for (const [name, text] of Object.entries(files)) {
    await mkdir(path.join(home, path.dirname(name)), { recursive: true });
    await writeFile(path.join(home, name), text);
  }
  return home;
}

const versions = ['v9.1.0', 'v20.1.0', 'v20.11.0', 'v22.3.0'].map(
  (version) => `.nvm/versions/node/${version}/bin/node`,
);
const ownOf = (home: string) =>
  findToolchains(home).flatMap(({ name, folder }) =>
    folder.startsWith(home) ? [`${name} ${path.relative(home, folder)}`] : [],
  );

test('the default version of nvm is taken, the newest where its name is no number', async (t) => {
  const home = await makeHome({
    ...Object.fromEntries(versions.map((file) => [file, ''])),
    '.nvm/alias/default': '20\n',
  });
  t.after(() => rm(home, { recursive: true }));
  assert.deepEqual(ownOf(home), ['node .nvm/versions/node/v20.11.0']);
  await writeFile(path.join(home, '.nvm/alias/default'), 'lts/*\n');
  assert.deepEqual(ownOf(home), ['node .nvm/versions/node/v22.3.0']);
});

test("pyenv's global version is taken, and none where the name leads elsewhere", async (t) => {
  const home = await makeHome({ '.pyenv/versions/3.12.1/bin/python': '', '.pyenv/version': '3.12.1\n' });
  t.after(() => rm(home, { recursive: true }));
  assert.deepEqual(ownOf(home), ['python .pyenv/versions/3.12.1']);
  for (const wanted of ['../..', 'system', '']) {
    await writeFile(path.join(home, '.pyenv/version'), wanted);
    assert.deepEqual(ownOf(home), [], wanted);
  }
});

test('of cargo only its programs are shown, not its credentials', async (t) => {
  const home = await makeHome({ '.cargo/bin/cargo': '', '.cargo/credentials.toml': '', '.rustup/settings.toml': '' });
  t.after(() => rm(home, { recursive: true }));
  assert.deepEqual(ownOf(home), ['cargo .cargo/bin', 'rustup .rustup']);
});

test('programs are found in the folders of toolchains, and rustup by its variable', () => {
  const toolchains = [
    { name: 'go', folder: '/usr/local/go', programs: 'bin' },
    { name: 'rustup', folder: '/root/.rustup', variable: 'RUSTUP_HOME' },
  ];
  assert.deepEqual(environmentOfToolchains(toolchains), {
    programFolders: ['/usr/local/go/bin'],
    variables: { RUSTUP_HOME: '/root/.rustup' },
  });
});
