// A step of reading Markdown: what deceives in its text becomes marks, and HTML is text. Pure.
import { isDeceptive, splitDeceptive } from '../../ui/find-deceptive.ts';

/** The parts of a tree of HTML that matter here. */
type Node = {
  type: string;
  value?: string;
  tagName?: string;
  properties?: Record<string, unknown>;
  children?: Node[];
};

export const markDeceptive = () => (tree: Node) => markIn(tree);

function markIn(node: Node): void {
  if (!node.children?.some(needsMarks)) return;
  node.children = node.children.flatMap((child) => {
    markIn(child);
    if (child.type !== 'raw' && child.type !== 'text') return [child];
    const parts = partsOf(child.value ?? '');
    // Markup that stands for itself is a paragraph, so that marks within stay in their line.
    return child.type === 'raw' && node.type === 'root'
      ? [{ type: 'element', tagName: 'p', properties: {}, children: parts }]
      : parts;
  });
}

const needsMarks = (node: Node): boolean =>
  node.type === 'raw' ||
  (node.type === 'text' && isDeceptive(node.value ?? '')) ||
  (node.children?.some(needsMarks) ?? false);

const partsOf = (text: string): Node[] =>
  splitDeceptive(text).map((part) =>
    part.sign === undefined
      ? { type: 'text', value: part.text }
      : {
          type: 'element',
          tagName: 'mark',
          properties: { title: part.name },
          children: [{ type: 'text', value: part.sign }],
        },
  );
