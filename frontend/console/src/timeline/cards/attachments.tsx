// The files that came with a message; an image is drawn when one wants it, since to read it may wake a sandbox.
import { useQuery } from '@tanstack/react-query';
import { ImageIcon, Paperclip } from 'lucide-react';
import { useEffect, useState } from 'react';
import { readWhole } from '../../files/read-file.ts';
import { useLucid } from '../../lucid.ts';
import { DeceptiveText } from '../../ui/deceptive-text.tsx';
import { showDeceptive } from '../../ui/find-deceptive.ts';
import { formatBytes } from '../../ui/format.ts';
import type { Attachment } from '../items/item.ts';
import { isDrawable, nameOfFile } from '../items/read-attachment.ts';
import { useKept } from '../text/kept.tsx';

/** As the engine takes with messages. */
const imageBytesMax = 16 * 1024 * 1024;

type AttachmentsProps = { sessionId: string; attachments: readonly Attachment[] };

export const Attachments = ({ sessionId, attachments }: AttachmentsProps) => (
  <ul aria-label="Files of the message" className="grid gap-1 pt-2 text-sm">
    {attachments.map((attachment) => (
      <li key={attachment.path} className="min-w-0">
        <File sessionId={sessionId} attachment={attachment} />
      </li>
    ))}
  </ul>
);

function File({ sessionId, attachment }: { sessionId: string; attachment: Attachment }) {
  const { path, size } = attachment;
  const [isShown, show] = useKept(`image ${path}`, false);
  const Icon = isDrawable(attachment) ? ImageIcon : Paperclip;
  return (
    <>
      <p className="flex min-w-0 items-center gap-2 text-muted">
        <Icon className="size-4 shrink-0" aria-hidden="true" />
        <span className="min-w-0 truncate">
          <DeceptiveText text={nameOfFile(path)} />
        </span>
        <span className="shrink-0 text-xs">{formatBytes(size)}</span>
        {isDrawable(attachment) && (
          <button
            type="button"
            aria-expanded={isShown}
            onClick={() => show(!isShown)}
            className="min-h-6 shrink-0 text-accent underline"
          >
            {isShown ? 'Hide' : 'Show'}
          </button>
        )}
      </p>
      {isShown && <Picture sessionId={sessionId} attachment={attachment} />}
    </>
  );
}

function Picture({ sessionId, attachment: { path, mediaType = '' } }: { sessionId: string; attachment: Attachment }) {
  const lucid = useLucid();
  const { data, error } = useQuery({
    queryKey: ['attachment', sessionId, path],
    queryFn: ({ signal }) => readWhole(lucid, sessionId, path, { bytesMax: imageBytesMax, type: mediaType, signal }),
    retry: false,
    refetchOnWindowFocus: false,
    structuralSharing: false,
  });
  const [url, setUrl] = useState<string>();
  useEffect(() => {
    if (!data) return;
    const made = URL.createObjectURL(data);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [data]);
  if (error) return <p className="text-xs text-muted">It could not be read: {error.message}</p>;
  if (url === undefined) return <p className="text-xs text-muted">Reading it…</p>;
  return (
    <img
      src={url}
      alt={showDeceptive(nameOfFile(path))}
      className="mt-1 max-h-80 max-w-full rounded-md border border-line bg-sunken object-contain"
    />
  );
}
