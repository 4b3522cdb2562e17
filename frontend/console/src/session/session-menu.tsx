// What can be done with a session as a whole: a menu in its head, and the same acts in the palette.
import { useNavigate } from '@tanstack/react-router';
import { CircleStop, Copy, Download, Ellipsis, GitFork, Pencil, Play, Share2, Trash2 } from 'lucide-react';
import { Fragment, type ReactNode, useMemo, useState } from 'react';
import { type PaletteAct, useOfferActs } from '../app/palette-acts.ts';
import { DeleteChatDialog } from '../history/delete-chat-dialog.tsx';
import { RenameChatDialog } from '../history/rename-chat-dialog.tsx';
import { type ChatActs, useChatActs } from '../history/use-chat-acts.ts';
import { copyText } from '../ui/copy-text.ts';
import { DeceptiveText } from '../ui/deceptive-text.tsx';
import { Menu, MenuItem, MenuSeparator } from '../ui/menu.tsx';
import { definePart } from '../ui/part.tsx';
import { StopDialog } from '../ui/stop-dialog.tsx';
import { useToast } from '../ui/toast.tsx';
import type { SessionReport } from './session-report.ts';

const ShareDialog = definePart(() => import('../share/share-dialog.tsx').then((module) => module.ShareDialog));

type SessionMenuProps = {
  report: SessionReport | undefined;
  /** The event that the page's address leads to: a fork copies until there. */
  linkedSequence: number | undefined;
  isOver: boolean;
  onStop(): void;
};

type Dialog = 'share' | 'rename' | 'stop' | 'delete';
type Act = PaletteAct & { icon: ReactNode; isDangerous?: boolean };

export function SessionMenu({ report, linkedSequence, isOver, onStop }: SessionMenuProps) {
  const navigate = useNavigate();
  const acts = useChatActs();
  const copyLink = useCopyLink();
  const [dialog, show] = useState<Dialog>();
  const { sessionId, chatId } = report ?? {};
  const offered = useMemo<readonly Act[]>(() => {
    if (sessionId === undefined || chatId === undefined) return [];
    const openReplay = () => void navigate({ to: '/replay/$sessionId', params: { sessionId } });
    return listActs({ chatId, linkedSequence, acts, show, openReplay, copyLink, isOver });
  }, [sessionId, chatId, linkedSequence, acts, copyLink, navigate, isOver]);
  useOfferActs(offered);
  return (
    <>
      <Menu label="More about this session" trigger={<Ellipsis className="size-4" aria-hidden="true" />}>
        {offered.map(({ label, icon, act, isDangerous = false }, at) => (
          <Fragment key={label}>
            {isDangerous && !offered[at - 1]?.isDangerous && <MenuSeparator />}
            <MenuItem onSelect={act} isDangerous={isDangerous}>
              {icon} {label}
            </MenuItem>
          </Fragment>
        ))}
      </Menu>
      {report && dialog === 'share' && (
        <ShareDialog sessionId={report.sessionId} isOpen onOpenChange={() => show(undefined)} />
      )}
      {report && dialog === 'rename' && (
        <RenameChatDialog
          chat={{ id: report.chatId, title: report.title }}
          rename={acts.rename}
          onClose={() => show(undefined)}
        />
      )}
      {report && dialog === 'stop' && !isOver && (
        <StopDialog
          description="Its turn is cut, and its workspace is gone: take what you need from it first. What was said can still be read, and continued as a new session."
          onStop={() => {
            show(undefined);
            onStop();
          }}
          onClose={() => show(undefined)}
        >
          <p className="line-clamp-3 rounded-md bg-sunken p-3 text-sm">
            <DeceptiveText text={report.title} />
          </p>
        </StopDialog>
      )}
      {report && dialog === 'delete' && (
        <DeleteChatDialog
          chat={{ id: report.chatId, title: report.title }}
          remove={acts.remove}
          onClose={() => show(undefined)}
          onDeleted={() => void navigate({ to: '/' })}
        />
      )}
    </>
  );
}

type ActsOf = {
  chatId: string;
  linkedSequence: number | undefined;
  acts: ChatActs;
  show(dialog: Dialog): void;
  openReplay(): void;
  copyLink(): void;
  isOver: boolean;
};

const iconClass = 'size-4';

/** In the order of the menu. */
const listActs = ({ chatId, linkedSequence, acts, show, openReplay, copyLink, isOver }: ActsOf): Act[] => [
  {
    label: linkedSequence === undefined ? 'Fork from here' : `Fork from event ${linkedSequence}`,
    icon: <GitFork className={iconClass} aria-hidden="true" />,
    act: () => void acts.fork(chatId, linkedSequence),
  },
  { label: 'Replay', icon: <Play className={iconClass} aria-hidden="true" />, act: openReplay },
  { label: 'Copy link', icon: <Copy className={iconClass} aria-hidden="true" />, act: copyLink },
  { label: 'Share', icon: <Share2 className={iconClass} aria-hidden="true" />, act: () => show('share') },
  { label: 'Rename', icon: <Pencil className={iconClass} aria-hidden="true" />, act: () => show('rename') },
  {
    label: 'Export as JSON',
    icon: <Download className={iconClass} aria-hidden="true" />,
    act: () => acts.exportAs(chatId, 'json'),
  },
  {
    label: 'Export as Markdown',
    icon: <Download className={iconClass} aria-hidden="true" />,
    act: () => acts.exportAs(chatId, 'markdown'),
  },
  ...(isOver
    ? []
    : [
        {
          label: 'Stop for good',
          icon: <CircleStop className={iconClass} aria-hidden="true" />,
          isDangerous: true,
          act: () => show('stop'),
        },
      ]),
  {
    label: 'Delete',
    icon: <Trash2 className={iconClass} aria-hidden="true" />,
    isDangerous: true,
    act: () => show('delete'),
  },
];

/** The address as it is, with the event that it leads to; who opens it has to be the same user. */
function useCopyLink(): () => void {
  const toast = useToast();
  return useMemo(
    () => () => {
      copyText(location.href).then(
        () => toast('The link was copied. It opens for you alone.'),
        () => toast(`This browser gives no clipboard here. The link is ${location.href}`, true),
      );
    },
    [toast],
  );
}
