// Every type of the protocol that programs see here. They are read off the engine's own declarations; when the package is
// built they are written out, so that whoever installs it needs nothing else.

import type { ErrorCode as AnyErrorCode } from '../../schema/error.ts';
import type { Usage as AnyUsage } from '../../schema/event.ts';
import type { TreeNode as AnyTreeNode } from '../../schema/file.ts';
import type { Problem as AnyProblem } from '../../schema/protocol/problem.ts';
import type { UploadContent as AnyUploadContent, ReceivedOf, RequestOf } from '../../schema/protocol/route.ts';
import type { Routes } from '../../schema/protocol/routes.ts';
import type { ServerFrame as AnyServerFrame } from '../../schema/protocol/server-frames/server-frames.ts';
import type { WaitingFor as AnyWaitingFor } from '../../schema/protocol/waiting-for.ts';
import type { ReportedState } from '../../schema/session.ts';
import type { SessionNow as AnySessionNow } from '../../schema/session-now.ts';

export type ErrorCode = AnyErrorCode;
export type Problem = AnyProblem;
/** What turns have used: tokens as the vendor counted them, time, and money where prices are known. */
export type Usage = AnyUsage;
export type SessionState = ReportedState;
export type ServerFrame = AnyServerFrame;
/** How a session stands: its plan, what it waits for, what it has used, the servers that it has. */
export type SessionNow = AnySessionNow;
/** What people are asked. */
export type WaitingFor = AnyWaitingFor;
export type TreeNode = AnyTreeNode;
/** The bytes of a file. */
export type UploadContent = AnyUploadContent;
/** What each call over REST takes and answers. */
export type Calls = { [Name in keyof Routes]: RequestOf<Routes[Name]> & { answer: ReceivedOf<Routes[Name]> } };
/** What a message may bring or choose beside its words: files of the workspace, the model, effort, tools and limits. */
export type MessageOptions = Omit<Calls['sendMessage']['body'], 'id' | 'content'>;
