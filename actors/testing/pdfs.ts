// PDFs for tests.

/** A PDF of one line of text a page; of nothing where that is empty. */
export const makePdf = (...pages: string[]): Buffer => writePdf(pages.map(writeText));

const writeText = (text: string): Buffer => Buffer.from(text === '' ? '' : `BT /F1 12 Tf 20 100 Td (${text}) Tj ET`);

/** A PDF whose only page has this content, written with this filter. */
export const makeFilteredPdf = (content: Buffer, filter: string): Buffer =>
  writePdf([content], { filter: `/Filter /${filter}` });

/** A PDF whose only page has these sides, in points. */
export const makeSizedPdf = (width: number, height: number): Buffer =>
  writePdf([writeText('One')], { mediaBox: `0 0 ${width} ${height}` });

/** A PDF that nobody can open without a password. */
export const makeLockedPdf = (): Buffer => {
  const bytes = `<${'5a'.repeat(32)}>`;
  const encrypt = `/Encrypt << /Filter /Standard /V 1 /R 2 /O ${bytes} /U ${bytes} /P -4 >> /ID [${bytes} ${bytes}]`;
  return writePdf([writeText('One')], { trailer: encrypt });
};

/** A PDF whose only page draws a form that draws itself, twice. */
export const makeEndlessPdf = (): Buffer => {
  const [font, form] = ['/Font << /F1 3 0 R >>', '/XObject << /X 5 0 R >>'];
  const filter = `/Type /XObject /Subtype /Form /BBox [0 0 300 200] /Resources << ${form} >>`;
  return writePdf([Buffer.from('/X Do /X Do')], { filter, resources: `${font} ${form}` });
};

type Writing = { filter?: string; mediaBox?: string; resources?: string; trailer?: string };

function writePdf(
  contents: readonly Buffer[],
  { filter = '', mediaBox = '0 0 300 200', resources = '/Font << /F1 3 0 R >>', trailer = '' }: Writing = {},
): Buffer {
  const kids = contents.map((_, at) => `${4 + 2 * at} 0 R`).join(' ');
  const objects: Buffer[] = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    `<< /Type /Pages /Kids [${kids}] /Count ${contents.length} >>`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
  ].map((text) => Buffer.from(text));
  for (const [at, content] of contents.entries()) {
    const look = `/MediaBox [${mediaBox}] /Resources << ${resources} >>`;
    objects.push(
      Buffer.from(`<< /Type /Page /Parent 2 0 R /Contents ${5 + 2 * at} 0 R ${look} >>`),
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
      `xref\n0 ${size}\n0000000000 65535 f \n${rows}trailer << /Size ${size} /Root 1 0 R ${trailer} >>\nstartxref\n${bytes}\n%%EOF`,
    ),
  );
  return Buffer.concat(parts);
}
