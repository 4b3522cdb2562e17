// Adds a line to each registry as Node reads it, as somebody would who adds a provider, a tool or types of events.
import { registerHooks } from 'node:module';

const urlOf = (path: string) => new URL(path, import.meta.url).href;

const additions = [
  {
    registry: urlOf('../../../actors/models/providers/registry.ts'),
    importLine: `import { echo } from '${urlOf('echo-provider.ts')}';`,
    before: '] as const satisfies',
    line: 'echo,',
  },
  {
    registry: urlOf('../../../actors/tools/registry.ts'),
    importLine: `import { shoutTool } from '${urlOf('shout-tool.ts')}';`,
    before: '];',
    line: 'shoutTool,',
  },
  {
    registry: urlOf('../../../schema/protocol/events/event-types.ts'),
    importLine: `import { shoutEvents } from '${urlOf('shout-events.ts')}';`,
    before: '} satisfies',
    line: '...shoutEvents,',
  },
];

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    const addition = additions.find(({ registry }) => registry === url);
    if (!addition) return loaded;
    const { importLine, before, line } = addition;
    const source = String(loaded.source);
    if (!source.includes(before)) throw new Error(`${url} has no line before which another could stand.`);
    // The last line before it may lack its comma, as the formatter leaves it in a list of one line.
    const added = source.replace(new RegExp(`,?(\\s*)${RegExp.escape(before)}`), `,$1${line}$1${before}`);
    return { ...loaded, source: `${importLine}\n${added}` };
  },
});
