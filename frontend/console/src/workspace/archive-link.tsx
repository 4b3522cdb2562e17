// Links that download the workspace, or the patch of what has changed in it: the browser itself receives the file.
import { Download as DownloadSign } from 'lucide-react';
import { ownLucid, useLucid } from '../lucid.ts';

type ArchiveLinkProps = { sessionId: string; of: 'workspace' | 'changes'; children: string };

export const ArchiveLink = (props: ArchiveLinkProps) => useLucid() === ownLucid && <Download {...props} />;

/** The browser asks with the cookie alone, which who has a share doesn't need to have. */
const Download = ({ sessionId, of, children }: ArchiveLinkProps) => (
  <a
    aria-label={`Download ${children.toLowerCase()}`}
    href={`/api/v1/sessions/${encodeURIComponent(sessionId)}/archive?of=${of}`}
    download
    title={`Download ${children.toLowerCase()}`}
    className="inline-flex min-h-8 min-w-8 justify-center items-center gap-2 rounded-md px-2 text-sm text-muted hover:bg-sunken hover:text-text"
  >
    <DownloadSign className="size-4" aria-hidden="true" />
    <span className="@max-lg:sr-only">{children}</span>
  </a>
);
