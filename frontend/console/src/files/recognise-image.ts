// Recognises images by their first bytes, whatever their names say, and how large they are when drawn. Pure.

export type Recognised = {
  type: 'image/png' | 'image/jpeg' | 'image/gif' | 'image/webp';
  width: number;
  height: number;
};

/** SVG is not among them: it is a document that could hold anything, and is shown as text. @returns undefined for all else */
export function recogniseImage(bytes: Uint8Array): Recognised | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    return readPng(view) ?? readGif(view) ?? readWebp(view) ?? readJpeg(view);
  } catch (error) {
    if (error instanceof RangeError) return undefined; // It ends too early.
    throw error;
  }
}

const isText = (view: DataView, at: number, text: string): boolean =>
  at + text.length <= view.byteLength &&
  [...text].every((letter, index) => view.getUint8(at + index) === letter.charCodeAt(0));

function readPng(view: DataView): Recognised | undefined {
  if (!isText(view, 0, '\x89PNG\r\n\x1a\n') || !isText(view, 12, 'IHDR')) return undefined;
  return { type: 'image/png', width: view.getUint32(16), height: view.getUint32(20) };
}

function readGif(view: DataView): Recognised | undefined {
  if (!isText(view, 0, 'GIF87a') && !isText(view, 0, 'GIF89a')) return undefined;
  return { type: 'image/gif', width: view.getUint16(6, true), height: view.getUint16(8, true) };
}

function readWebp(view: DataView): Recognised | undefined {
  if (!isText(view, 0, 'RIFF') || !isText(view, 8, 'WEBP')) return undefined;
  const type = 'image/webp';
  if (isText(view, 12, 'VP8 '))
    return { type, width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
  if (isText(view, 12, 'VP8L')) {
    const sizes = view.getUint32(21, true);
    return { type, width: (sizes & 0x3fff) + 1, height: ((sizes >> 14) & 0x3fff) + 1 };
  }
  if (!isText(view, 12, 'VP8X')) return undefined;
  const [width, height] = [24, 27].map((at) => view.getUint16(at, true) + (view.getUint8(at + 2) << 16) + 1);
  return { type, width: width ?? 0, height: height ?? 0 };
}

/** Markers of a frame's head, which has the size; C4, C8 and CC are others. */
const isFrameHead = (marker: number): boolean =>
  marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;

function readJpeg(view: DataView): Recognised | undefined {
  if (view.getUint16(0) !== 0xffd8) return undefined;
  for (let at = 2; view.getUint8(at) === 0xff; ) {
    const marker = view.getUint8(at + 1);
    if (isFrameHead(marker))
      return { type: 'image/jpeg', width: view.getUint16(at + 7), height: view.getUint16(at + 5) };
    at += marker === 0xff ? 1 : 2 + view.getUint16(at + 2);
  }
  return undefined;
}
