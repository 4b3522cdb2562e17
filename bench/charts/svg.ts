// The pieces of a chart: its frame, its text and its colours, which follow the reader's light or dark.

/** A part of a chart, drawn from its own upper left corner. */
export type Panel = { heightPx: number; body: string };

export const widthPx = 720;

/** Panels are one below the other. @param title what the chart shows, for readers who don't see it */
export function drawSvg(title: string, panels: readonly Panel[]): string {
  let topPx = 0;
  const parts = panels.map(({ heightPx, body }) => {
    const part = `<g transform="translate(0 ${topPx})">\n${body}\n</g>`;
    topPx += heightPx;
    return part;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" role="img" width="${widthPx}" height="${topPx}" viewBox="0 0 ${widthPx} ${topPx}">`,
    `<title>${escapeXml(title)}</title>`,
    `<style>${style}</style>`,
    `<rect class="page" width="${widthPx}" height="${topPx}" rx="6"/>`,
    ...parts,
    '</svg>\n',
  ].join('\n');
}

type Anchor = 'start' | 'middle' | 'end';

export function drawText(content: string, { xPx, yPx, anchor = 'start', kind = 'label' }: TextPlace): string {
  return `<text class="${kind}" x="${formatPx(xPx)}" y="${formatPx(yPx)}" text-anchor="${anchor}">${escapeXml(content)}</text>`;
}

type TextPlace = { xPx: number; yPx: number; anchor?: Anchor; kind?: 'title' | 'label' | 'quiet' };

export const drawLine = (kind: string, from: { xPx: number; yPx: number }, to: { xPx: number; yPx: number }): string =>
  `<line class="${kind}" x1="${formatPx(from.xPx)}" y1="${formatPx(from.yPx)}" x2="${formatPx(to.xPx)}" y2="${formatPx(to.yPx)}"/>`;

/** Numbers are short, and the same on every machine. */
export const formatPx = (value: number): string => String(Math.round(value * 10) / 10);

/** Characters that XML can't write are dropped. */
export const escapeXml = (content: string): string =>
  content
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to drop.
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, ' ')
    .toWellFormed()
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');

/** Okabe and Ito's colours, which people who don't see all colours tell apart too. */
export const colours = ['c0', 'c1', 'c2', 'c3', 'c4', 'c5'] as const;

const style = [
  'svg{font:13px system-ui,sans-serif}',
  '.page{fill:#fff}.title{font-weight:600;fill:#1f2328}.label{fill:#1f2328}.quiet{fill:#59636e;font-size:12px}',
  '.axis{stroke:#d1d9e0}.whisker{stroke:#1f2328;stroke-width:1.5}',
  '.ours{fill:#0072b2}.ceiling{fill:#999}.alternative{fill:#d55e00}.baseline{fill:#56b4e9}',
  '.line{fill:none;stroke-width:2}',
  '.c0{stroke:#0072b2;fill:#0072b2}.c1{stroke:#d55e00;fill:#d55e00}.c2{stroke:#009e73;fill:#009e73}',
  '.c3{stroke:#cc79a7;fill:#cc79a7}.c4{stroke:#e69f00;fill:#e69f00}.c5{stroke:#999;fill:#999}.line{fill:none}',
  '@media(prefers-color-scheme:dark){.page{fill:#0d1117}.title,.label{fill:#f0f6fc}.quiet{fill:#9198a1}',
  '.axis{stroke:#3d444d}.whisker{stroke:#f0f6fc}.ours,.c0{fill:#4aa8e0}.c0{stroke:#4aa8e0}.line{fill:none}}',
].join('');
