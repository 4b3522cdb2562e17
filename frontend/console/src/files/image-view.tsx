// An image of the workspace, drawn from its bytes under the type that they have.
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useLucid } from '../lucid.ts';
import { EmptyState } from '../ui/empty-state.tsx';
import { Failure } from '../ui/failure.tsx';
import { showDeceptive } from '../ui/find-deceptive.ts';
import { formatBytes } from '../ui/format.ts';
import { readWhole } from './read-file.ts';
import type { Recognised } from './recognise-image.ts';

/** What a browser holds for an image: its bytes, and four bytes for each pixel. */
const imageBytesMax = 24 * 1024 * 1024;
const pixelsMax = 50_000_000;

type ImageViewProps = { sessionId: string; path: string; image: Recognised; size: number; version: number };

export function ImageView({ sessionId, path, image, size, version }: ImageViewProps) {
  const lucid = useLucid();
  const { type, width, height } = image;
  const isTooLarge = size > imageBytesMax || width * height > pixelsMax;
  const { data, error, refetch } = useQuery({
    queryKey: ['image', sessionId, path, version],
    queryFn: ({ signal }) => readWhole(lucid, sessionId, path, { bytesMax: imageBytesMax, type, signal }),
    enabled: !isTooLarge,
    refetchOnWindowFocus: false,
    gcTime: 0,
    structuralSharing: false,
  });
  const url = useBlobUrl(data);
  const [isBroken, setBroken] = useState(false);
  const words = `${width} × ${height} pixels, ${formatBytes(size)}`;
  if (isTooLarge) return <EmptyState title="The image is too large to be shown">{words}</EmptyState>;
  if (error) return <Failure error={error} doing="Reading the image" retry={() => void refetch()} />;
  return (
    <figure className="flex min-h-0 flex-1 flex-col gap-2 overflow-auto p-4">
      {url !== undefined && !isBroken && (
        <img
          src={url}
          alt={showDeceptive(path.slice(path.lastIndexOf('/') + 1))}
          onError={() => setBroken(true)}
          className="mx-auto max-h-full min-h-0 max-w-full border border-line bg-sunken object-contain"
        />
      )}
      <figcaption className="text-center text-sm text-muted">
        {isBroken ? 'The browser can’t draw it. ' : ''}
        {words}
      </figcaption>
    </figure>
  );
}

/** The address of bytes for as long as they are shown. */
function useBlobUrl(blob: Blob | undefined): string | undefined {
  const [url, setUrl] = useState<string>();
  useEffect(() => {
    if (!blob) return;
    const made = URL.createObjectURL(blob);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [blob]);
  return url;
}
