// The types of `protocol.ts` as the compiler writes them out: its declarations of these constants become the published types.
import type * as protocol from '../protocol.ts';

/** With all that it is made of in its place; a type that holds itself is named. */
type WrittenOut<Type> = [Type] extends [protocol.TreeNode]
  ? [protocol.TreeNode] extends [Type]
    ? protocol.TreeNode
    : PartsOf<Type>
  : PartsOf<Type>;
type PartsOf<Type> = Type extends readonly (infer Item)[]
  ? WrittenOut<Item>[]
  : Type extends object
    ? { [Field in keyof Type]: WrittenOut<Type[Field]> }
    : Type;

declare const writeOut: <Type>() => PartsOf<Type>;

export const ErrorCode = writeOut<protocol.ErrorCode>();
export const Problem = writeOut<protocol.Problem>();
export const Usage = writeOut<protocol.Usage>();
export const SessionState = writeOut<protocol.SessionState>();
export const ServerFrame = writeOut<protocol.ServerFrame>();
export const TreeNode = writeOut<protocol.TreeNode>();
export const Calls = writeOut<protocol.Calls>();
export const SessionNow = writeOut<protocol.SessionNow>();
export const WaitingFor = writeOut<protocol.WaitingFor>();
export const MessageOptions = writeOut<protocol.MessageOptions>();
