// The tools that Anthropic's models know from their training, by Anthropic's types.

export const anthropicTools = [
  { type: 'bash_20250124', name: 'bash' },
  { type: 'text_editor_20250728', name: 'str_replace_based_edit_tool' },
] as const;
