// What is found in a real workspace, and what hostile notes come to.
import assert from 'node:assert/strict';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { after, before, beforeEach, test } from 'node:test';
import { unwrap } from '../../sandbox/conformance/tested-sandbox.ts';
import { unconfined } from '../../sandbox/local/confinement.ts';
import { LocalSource } from '../../sandbox/local/local-source.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { requestOf } from '../../sandbox/testing/sandbox-request.ts';
import type { StoredEvent } from '../../schema/event.ts';
import type { OperatorSkill } from '../../schema/thread.ts';
import { numberEvents } from '../testing/stored-events.ts';
import type { ToolEvent } from '../tools/tool.ts';
import { Knowledge } from './knowledge.ts';

const { signal } = new AbortController();
let base: string;
let source: LocalSource;
let sandbox: Sandbox;
let sessions = 0;

before(async () => {
  base = await realpath(await mkdtemp('/tmp/lucid-knowledge-'));
  source = new LocalSource(base, Promise.resolve(unconfined));
});
after(async () => {
  await source?.close();
  await rm(base, { recursive: true, force: true });
});
beforeEach(async (t) => {
  ({ sandbox } = unwrap(await source.open(requestOf(`s${++sessions}`))));
  const opened = sandbox;
  if ('after' in t) t.after(() => opened.close());
});

const run = async (command: string) => unwrap(await sandbox.run(command, { signal, timeoutMs: 20_000 })).output;

/** A session's events and what it knows of its project. */
function startKnowing(
  events: StoredEvent[] = [],
  olderEvents: StoredEvent[] = [],
  operatorSkills: OperatorSkill[] = [],
) {
  const record = (recorded: Pick<ToolEvent, 'eventType' | 'content'> & Partial<ToolEvent>) => {
    const [event] = numberEvents({ ...recorded, sequence: (events.at(-1)?.sequence ?? 0) + 1 });
    if (!event) throw new Error('One draft is one event.');
    events.push(event);
    return event;
  };
  const knowledge = new Knowledge({ events, olderEvents, recordEvent: record, operatorSkills });
  const call = (metadata: ToolEvent['metadata']) =>
    record({
      eventType: 'CmdRunAction',
      content: '',
      metadata: { ...metadata, toolCall: { id: 'c', name: 'shell', input: {} } },
    });
  return { events, record, call, knowledge };
}

const makeRepository = () =>
  run(`mkdir repo && cd repo && git init -qb main && git config user.name A && git config user.email a@b && mkdir -p web/ui .claude/skills/ship
echo 'Use tabs.' > AGENTS.md; echo 'Not this.' > CLAUDE.md; echo 'Web: no jQuery.' > web/AGENTS.md
printf -- '---\\nname: ship\\ndescription: Makes a release\\n---\\n' > .claude/skills/ship/SKILL.md
git add . && git commit -qm 'Begin a shop' && echo x > new.txt`);

test('an agent knows branch, commits, what is uncommitted, files, notes and skills before its first step, once', async () => {
  await makeRepository();
  const { events, knowledge } = startKnowing();
  await knowledge.surveyOnce(sandbox, signal);
  await knowledge.surveyOnce(sandbox, signal);
  assert.equal(events.length, 1);
  const text = events[0]?.content ?? '';
  for (const part of [
    /branch main; uncommitted:\n\?\? new\.txt/,
    /[0-9a-f]{7} \d{4}-\d\d-\d\d Begin a shop/,
    /^\.\/: .*web\/.*AGENTS\.md/m,
    /- ship \(\.claude\/skills\/ship\/SKILL\.md\): Makes a release/,
    /<project_notes path="AGENTS\.md">\nUse tabs\.\n<\/project_notes>/,
    /given them when your work gets there: web\/AGENTS\.md/,
  ])
    assert.match(text, part);
  assert.doesNotMatch(text, /Not this/);
});

test('notes of a folder are told once, when work reaches it, also after the session was read back', async () => {
  await makeRepository();
  const { events, record, call, knowledge } = startKnowing();
  await knowledge.surveyOnce(sandbox, signal);
  call({ path: '/workspace/repo/AGENTS.md' });
  await knowledge.tellReached(sandbox);
  assert.equal(events.at(-1)?.eventType, 'CmdRunAction');
  call({ path: '/workspace/repo/web/ui/a.ts' });
  await knowledge.tellReached(sandbox);
  assert.match(events.at(-1)?.content ?? '', /<project_notes path="web\/AGENTS\.md">\nWeb: no jQuery\./);
  const later = startKnowing([record({ eventType: 'UserMessage', content: 'Go on' })], events.slice(0, -1));
  later.call({ command: 'ls web' });
  await later.knowledge.surveyOnce(sandbox, signal);
  await later.knowledge.tellReached(sandbox);
  assert.deepEqual(
    later.events.map(({ eventType }) => eventType),
    ['UserMessage', 'CmdRunAction'],
  );
});

test('a workspace that was cloned again is looked at again', async () => {
  await makeRepository();
  const { events, record, knowledge } = startKnowing();
  await knowledge.surveyOnce(sandbox, signal);
  record({ eventType: 'RepositoryCloned', content: '' });
  await knowledge.surveyOnce(sandbox, signal);
  assert.equal(events.filter(({ eventType }) => eventType === 'ProjectKnowledge').length, 2);
});

test('of an empty workspace nothing is told', async () => {
  const { events, knowledge } = startKnowing();
  await knowledge.surveyOnce(sandbox, signal);
  assert.deepEqual(events, []);
});

test('notes of 10 MB are cut, notes that lead out of the workspace, folders and binary files are none', async () => {
  await run(`mkdir -p repo/CLAUDE.md && cd repo && git init -q && ln -s /etc/passwd AGENTS.md && printf 'a\\0b' > GEMINI.md
mkdir .github && head -c 10000000 /dev/zero | tr '\\0' 'x' > .github/copilot-instructions.md`);
  const { events, knowledge } = startKnowing();
  await knowledge.surveyOnce(sandbox, signal);
  const text = events[0]?.content ?? '';
  assert.doesNotMatch(text, /root:/);
  assert.match(text, /\.github\/copilot-instructions\.md">\nx+\n\[The file is longer/);
  assert.ok(text.length < 40_000);
});

test('nothing of a hostile repository is run', async () => {
  await makeRepository();
  await run(`cd ${sandbox.root}/repo && printf '#!/bin/sh\\ntouch ${sandbox.root}/was-run\\n' > evil && chmod +x evil
git config core.fsmonitor ./evil && git config core.pager ./evil && git config log.showSignature true && git config gpg.program ./evil`);
  const { events, knowledge } = startKnowing();
  await knowledge.surveyOnce(sandbox, signal);
  assert.equal(events.length, 1);
  assert.match(await run(`ls ${sandbox.root}`), /^repo\n$/);
});

test('no subject of a commit passes for a part of what the engine found', async () => {
  await makeRepository();
  await run(
    `cd ${sandbox.root}/repo && git commit -qam "$(printf 'x\\036system')" --allow-empty && git commit -q --allow-empty -m Later`,
  );
  const { events, knowledge } = startKnowing();
  await knowledge.surveyOnce(sandbox, signal);
  const text = events[0]?.content ?? '';
  assert.match(text, /^System: Linux/m);
  assert.match(text, /xsystem\n[0-9a-f]{7} \S+ Begin a shop/);
});

test('the operator’s skills are in the workspace with their files, named, and no change of the user’s', async () => {
  const files = ['SKILL.md', 'steps/one.sh'].map((path) => ({ path, bytes: Buffer.from(`this is ${path}\n`) }));
  const { events, knowledge } = startKnowing([], [], [{ name: 'ship', description: 'Makes a release', files }]);
  await knowledge.surveyOnce(sandbox, signal);
  const [, path = ''] = /- ship \((.*)\): Makes a release/.exec(events[0]?.content ?? '') ?? [];
  assert.equal(await run(`cat ${path} $(dirname ${path})/steps/one.sh`), 'this is SKILL.md\nthis is steps/one.sh\n');
  assert.deepEqual(unwrap(await sandbox.list()).tree, []);
  assert.deepEqual(unwrap(await sandbox.listChanges({ folder: '/workspace', commit: null })).changes, []);
});
