// The tools that Anthropic's models know from their training, by the vendor's types.

export const vendorTools = [
  { type: 'bash_20250124', name: 'bash' },
  { type: 'text_editor_20250728', name: 'str_replace_based_edit_tool' },
] as const;
