// The frame `file_tree`: the workspace after it changed; never stored.
import * as v from 'valibot';
import { TreeNode } from '../../file.ts';
import { truncated } from '../answer-fields.ts';
import { declareServerFrame } from '../declare-frame.ts';
import { exampleSession } from '../examples.ts';

export const fileTree = declareServerFrame({
  schema: v.object({
    type: v.literal('file_tree'),
    sessionId: v.string(),
    tree: v.array(TreeNode),
    truncated,
  }),
  summary: 'The workspace after a step that changed files, as `GET /api/v1/files/list` has it.',
  addition: 'the workspace after it changed',
  examples: [
    {
      type: 'file_tree',
      sessionId: exampleSession.sessionId,
      tree: [
        {
          name: 'project',
          type: 'folder',
          path: '/workspace/project',
          children: [{ name: 'hello.py', type: 'file', path: '/workspace/project/hello.py' }],
        },
      ],
    },
  ],
});
