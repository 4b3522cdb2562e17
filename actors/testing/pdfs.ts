// PDFs for tests.

/** A PDF of one line of text a page; of nothing where that is empty. */
export const makePdf = (...pages: string[]): Buffer =>
  writePdf(
    pages.map((text) => Buffer.from(text === '' ? '' : `BT /F1 12 Tf 20 100 Td (${text}) Tj ET`)),
    '',
  );

/** A PDF whose only page has this content, written with this filter. */
export const makeFilteredPdf = (content: Buffer, filter: string): Buffer => writePdf([content], `/Filter /${filter}`);

function writePdf(contents: readonly Buffer[], filter: string): Buffer {
  const kids = contents.map((_, at) => `${4 + 2 * at} 0 R`).join(' ');
  const objects: Buffer[] = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    `<< /Type /Pages /Kids [${kids}] /Count ${contents.length} >>`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
  ].map((text) => Buffer.from(text));
  for (const [at, content] of contents.entries()) {
    const font = '/Resources << /Font << /F1 3 0 R >> >>';
    objects.push(
      Buffer.from(`<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 200] /Contents ${5 + 2 * at} 0 R ${font} >>`),
      Buffer.concat([
        Buffer.from(`<< /Length ${content.length} ${filter} >>\nstream\n`),
        content,
        Buffer.from('\nendstream'),
      ]),
    );
  }
  const parts: Buffer[] = [Buffer.from('%PDF-1.4\n')];
  const starts: number[] = [];
  let bytes = parts[0]?.length ?? 0;
  const add = (part: Buffer) => {
    parts.push(part);
    bytes += part.length;
  };
  for (const [at, object] of objects.entries()) {
    starts.push(bytes);
    add(Buffer.concat([Buffer.from(`${at + 1} 0 obj\n`), object, Buffer.from('\nendobj\n')]));
  }
  const rows = starts.map((start) => `${String(start).padStart(10, '0')} 00000 n \n`).join('');
  const size = objects.length + 1;
  add(
    Buffer.from(
      `xref\n0 ${size}\n0000000000 65535 f \n${rows}trailer << /Size ${size} /Root 1 0 R >>\nstartxref\n${bytes}\n%%EOF`,
    ),
  );
  return Buffer.concat(parts);
}
