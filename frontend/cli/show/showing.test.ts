// How texts, tables, usage, trees and colours look.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { SessionEvent } from '../../client/index.ts';
import { makeColors, wantsColor } from './colors.ts';
import { eventLines } from './event-lines.ts';
import { LiveText } from './live-text.ts';
import { tableLines } from './table.ts';
import { cutToEnd, cutToWidth, widthOf, wrapToWidth } from './text-width.ts';
import { changesBetween, filesOf } from './tree-changes.ts';
import { addSpent, costText, durationText, shortCount, spentText } from './usage-text.ts';

const colors = makeColors(false);

test('NO_COLOR goes before FORCE_COLOR, and both before what the output is', () => {
  assert.equal(wantsColor({}, true), true);
  assert.equal(wantsColor({}, false), false);
  assert.equal(wantsColor({ TERM: 'dumb' }, true), false);
  assert.equal(wantsColor({ NO_COLOR: '1', FORCE_COLOR: '1' }, true), false);
  assert.equal(wantsColor({ NO_COLOR: '' }, true), true);
  assert.equal(wantsColor({ FORCE_COLOR: '1' }, false), true);
  assert.equal(wantsColor({ FORCE_COLOR: '0' }, true), false);
});

test('a line is never wider than its columns, whatever it holds', () => {
  void fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 80 }), fc.integer({ min: 1, max: 40 }), (text, columns) => {
      const line = text.replace(/\s/g, ' ');
      assert.ok(widthOf(cutToWidth(line, columns)) <= columns);
      assert.ok(widthOf(cutToEnd(line, columns)) <= columns);
      if (widthOf(line) <= columns && line.length <= columns) assert.equal(cutToWidth(line, columns), line);
    }),
  );
  assert.equal(cutToWidth('世界世界', 5), '世界…');
  assert.equal(cutToEnd('one two', 5), '… two');
});

test('what an agent says breaks between words at the width of the terminal, and nothing of it is lost', () => {
  assert.deepEqual(wrapToWidth('  one two three', 9), ['  one two', '  three']);
  void fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('a', '世', ' ') }),
      fc.integer({ min: 1, max: 20 }),
      (text, columns) => {
        const lines = wrapToWidth(text, columns);
        assert.equal(
          lines
            .map((line) => line.trimStart())
            .join('')
            .replaceAll(' ', ''),
          text.replaceAll(' ', ''),
        );
        for (const line of lines) assert.ok(widthOf(line) <= columns || !line.trim().includes(' '));
      },
    ),
  );
  const said = action('MessageAction', { content: 'one two three' });
  assert.deepEqual(eventLines(said, { colors, columns: 8 }), ['one two', 'three']);
  assert.deepEqual(eventLines(said, { colors }), ['one two three']);
});

test('columns of a table are aligned, also where characters are wide, and no cell breaks a row', () => {
  const rows = [
    ['a', '世界', 'one\ntwo\x1b[2J'],
    ['bcd', 'x', ''],
  ];
  assert.deepEqual(tableLines(['ID', 'NAME', 'TASK'], rows, { colors }), [
    'ID   NAME  TASK',
    'a    世界  one two␛[2J',
    'bcd  x     ',
  ]);
  assert.equal(tableLines(['ID'], [['a long cell']], { colors, columns: 5 })[1], 'a lo…');
});

test('text that comes in pieces gives the same lines however it is cut', () => {
  void fc.assert(
    fc.property(fc.array(fc.string({ unit: fc.constantFrom('a', '\n', 'b') })), (pieces) => {
      const live = new LiveText();
      const lines = [...pieces.flatMap((piece) => live.add(piece)), ...live.end()];
      assert.equal(lines.join('\n'), pieces.join('').replace(/\n$/, ''));
    }),
  );
});

test('a line that redraws itself is shown as it stands in the end, however it is cut', () => {
  void fc.assert(
    fc.property(fc.integer({ min: 1, max: 30 }), (pieceChars) => {
      const text = `${Array.from({ length: 101 }, (_, n) => `\rprogress ${n}%`).join('')}\nbye bye\rgood\r\nend\r\n`;
      const live = new LiveText();
      const pieces = text.match(new RegExp(`[^]{1,${pieceChars}}`, 'g')) ?? [];
      assert.deepEqual(
        [...pieces.flatMap((piece) => live.add(piece)), ...live.end()],
        ['progress 100%', 'goodbye', 'end'],
      );
    }),
  );
});

test('a line without end is shown in pieces, so that memory stays bounded', () => {
  const live = new LiveText();
  const lines = live.add('x'.repeat(10_000));
  assert.ok(lines.length >= 2 && live.rest.length <= 4_000);
  assert.equal([...lines, ...live.end()].join(''), 'x'.repeat(10_000));
});

test('changes of a workspace are the files that came and went', () => {
  const file = (path: string) => ({ name: path, type: 'file' as const, path });
  const before = filesOf([file('/a'), { name: 'd', type: 'folder', path: '/d', children: [file('/d/b')] }]);
  const after = filesOf([{ name: 'd', type: 'folder', path: '/d', children: [file('/d/b'), file('/d/c')] }]);
  assert.deepEqual(changesBetween(before, after), { added: ['/d/c'], removed: ['/a'] });
});

test('tokens, money and time are short', () => {
  assert.deepEqual([950, 1_234, 34_567, 999_600, 1_400_000].map(shortCount), ['950', '1.2k', '35k', '1.0M', '1.4M']);
  assert.deepEqual([0.0041, 0.5, 12].map(costText), ['$0.0041', '$0.50', '$12.00']);
  assert.deepEqual([999, 61_000, 3_661_000].map(durationText), ['0s', '1m 1s', '1h 1m']);
  assert.equal(spentText({ inputTokens: 0, outputTokens: 0 }), '');
  assert.equal(spentText({ inputTokens: 10, outputTokens: 2 }), '10 in, 2 out');
});

test('money stays unknown only where it is unknown of both', () => {
  const tokens = { inputTokens: 1, outputTokens: 1 };
  assert.equal(addSpent(tokens, tokens).costUsd, undefined);
  assert.equal(addSpent({ ...tokens, costUsd: 1 }, tokens).costUsd, 1);
});

const position = { sessionId: 's-1', epoch: 1, sequence: 1, timestamp: '2026-02-17T10:30:00.000+00:00' };
const action = (eventType: string, more: object): SessionEvent =>
  ({ type: 'agent_event', event: 'action', eventType, content: '', ...position, ...more }) as SessionEvent;

test('an event of a type that this command doesn’t know is shown by its name', () => {
  assert.deepEqual(eventLines(action('DanceAction', { content: 'a waltz' }), { colors }), ['DanceAction a waltz']);
});

test('what was read or found is shown by its beginning', () => {
  const event = action('FileReadObservation', { event: 'observation', content: 'a\nb\nc\nd\ne\n' });
  assert.deepEqual(eventLines(event, { colors }), ['  a', '  b', '  c', '  … 2 more lines']);
});

test('output that was seen while it came isn’t shown again, but its exit code is', () => {
  const event = action('CmdOutputObservation', { event: 'observation', content: 'a\n', exitCode: 2 });
  assert.deepEqual(eventLines(event, { colors, isOutputShown: true }), ['  exit code 2']);
  assert.deepEqual(eventLines(event, { colors }), ['  a', '  exit code 2']);
});

const shownOf = (eventType: string, more: object = {}) =>
  eventLines(
    {
      type: 'agent_event',
      event: eventType.endsWith('Observation') ? 'observation' : 'action',
      eventType,
      content: '',
      sessionId: 's-1',
      epoch: 1,
      sequence: 1,
      timestamp: '2026-02-17T10:30:00.000+00:00',
      ...more,
    },
    { colors },
  );

test('plans, pages, tools of servers and what runs in the background are told in a line each', () => {
  const plan = [
    { text: 'Look', state: 'done' },
    { text: 'Mend \x1b[2J', state: 'inProgress' },
  ];
  assert.deepEqual(shownOf('PlanAction', { plan }), ['[x] Look', '[>] Mend ␛[2J']);
  assert.deepEqual(shownOf('FetchAction', { url: 'https://example.com/a' }), ['fetch https://example.com/a']);
  assert.deepEqual(shownOf('McpAction', { content: 'docs__find {"q":"a"}' }), ['mcp docs__find {"q":"a"}']);
  assert.deepEqual(shownOf('CmdInputAction', { background: { id: '1' }, content: 'y\n' }), ['background 1: y']);
  assert.deepEqual(shownOf('CmdInputAction', { background: { id: '1', isKilled: true } }), ['background 1: end it']);
  assert.deepEqual(shownOf('CmdOutputObservation', { background: { id: '1' }, content: 'up\n' }), [
    '  up',
    '  in the background: 1',
  ]);
});

test('what a sub-agent does is indented below the call that it works for', () => {
  assert.deepEqual(shownOf('DelegateAction', { content: 'Find it' }), ['delegate Find it']);
  assert.deepEqual(shownOf('CmdRunAction', { command: 'ls\npwd', parentToolCallId: 'c-1' }), ['│ $ ls', '│ > pwd']);
  assert.deepEqual(shownOf('DelegateObservation', { content: 'a.py:1' }), ['  a.py:1']);
});
