/** A text as a JSON object, or why it is none. An empty text is an empty object. */
export function parseObject(text: string): { value: Record<string, unknown> } | { error: string } {
  if (text.trim() === '') return { value: {} };
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return { error: `${text.trim().slice(0, 40)} ≠ {…}` };
  return { value: { ...parsed } };
}

/** JSON for a person to read and change; nothing for an empty object. */
export function objectText(value: Readonly<Record<string, unknown>>): string {
  return Object.keys(value).length === 0 ? '' : JSON.stringify(value, null, 2);
}
