// Markdown of agents and people: no HTML, no images, links that say where they lead. A growing text is read in its last part alone.
import { type ComponentProps, isValidElement, memo, type ReactNode } from 'react';
import ReactMarkdown, { type Components } from 'react-markdown';
import remarkGfm from 'remark-gfm';
import { CodeBlock } from './code-block.tsx';
import { markDeceptive } from './mark-deceptive.ts';
import { SafeLink } from './safe-link.tsx';
import { splitBlocks } from './split-blocks.ts';

/** Characters that are read as Markdown; what stands behind is shown as it is, since reading takes longer than it grows. */
const readCharsMax = 100_000;

export function Markdown({ text }: { text: string }) {
  const rest = text.slice(readCharsMax);
  return (
    <div className="grid min-w-0 grid-cols-[minmax(0,1fr)] gap-3 leading-relaxed">
      {splitBlocks(text.slice(0, readCharsMax)).map((block, at) =>
        block.kind === 'code' ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: blocks have their place alone, and grow at the end.
          <CodeBlock key={at} code={block.code} language={block.language} />
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: as above.
          <TextBlock key={at} text={block.text} />
        ),
      )}
      {rest !== '' && <CodeBlock code={rest} language="" />}
    </div>
  );
}

const TextBlock = memo(({ text }: { text: string }) => (
  <ReactMarkdown remarkPlugins={plugins} rehypePlugins={markPlugins} urlTransform={keepUrl} components={components}>
    {text}
  </ReactMarkdown>
));

const plugins = [remarkGfm];
const markPlugins = [markDeceptive];
/** `SafeLink` decides; nothing else has an address. */
const keepUrl = (url: string) => url;

/** A heading of an answer is no heading of the page. */
const Heading = ({ children }: { children?: ReactNode }) => <p className="font-semibold">{children}</p>;

const components: Components = {
  a: ({ href = '', children }) => (
    <SafeLink address={href} {...(typeof children === 'string' && { text: children })}>
      {children}
    </SafeLink>
  ),
  img: ({ src, alt = '' }) => (
    <SafeLink address={typeof src === 'string' ? src : ''}>Image{alt !== '' && `: ${alt}`}</SafeLink>
  ),
  pre: ({ children }) => <CodeBlock {...readCode(children)} />,
  code: ({ children }) => <code className="rounded-sm bg-sunken px-1 font-mono text-[0.9em]">{children}</code>,
  table: ({ children }) => (
    // biome-ignore lint/a11y/useSemanticElements: it is no group of fields.
    <div
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keys.
      tabIndex={0}
      role="group"
      aria-label="Table"
      className="overflow-x-auto"
    >
      <table className="text-sm">{children}</table>
    </div>
  ),
  th: ({ children }) => <th className="border border-line px-2 py-1 text-left font-semibold">{children}</th>,
  td: ({ children }) => <td className="border border-line px-2 py-1">{children}</td>,
  ul: ({ children }) => <ul className="grid list-disc gap-1 pl-5">{children}</ul>,
  ol: ({ children, start }) => (
    <ol start={start} className="grid list-decimal gap-1 pl-6">
      {children}
    </ol>
  ),
  li: ({ children }) => <li className="min-w-0">{children}</li>,
  input: ({ checked }) => <span>{checked ? '☑' : '☐'}</span>,
  blockquote: ({ children }) => (
    <blockquote className="border-l-2 border-line-strong pl-3 text-muted">{children}</blockquote>
  ),
  hr: () => <hr className="border-line" />,
  mark: ({ title, children }) => (
    <mark title={title} className="mx-px rounded-sm bg-warn-soft px-0.5 font-mono text-xs text-warn">
      {children}
    </mark>
  ),
  sup: ({ children }) => <sup>{children}</sup>,
  section: ({ children }) => <section className="text-sm text-muted">{children}</section>,
  ...{ h1: Heading, h2: Heading, h3: Heading, h4: Heading, h5: Heading, h6: Heading },
};

/** The text of a block of code within a list or a quote. */
function readCode(children: ReactNode): { code: string; language: string } {
  if (!isValidElement<ComponentProps<'code'>>(children)) return { code: textOf(children), language: '' };
  const language = /language-(\S+)/.exec(children.props.className ?? '')?.[1] ?? '';
  return { code: textOf(children.props.children).replace(/\n$/, ''), language };
}

function textOf(node: ReactNode): string {
  if (typeof node === 'string') return node;
  if (Array.isArray(node)) return node.map(textOf).join('');
  return isValidElement<{ children?: ReactNode }>(node) ? textOf(node.props.children) : '';
}
