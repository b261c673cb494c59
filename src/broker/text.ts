/**
 * True when `text` contains a control character, NUL included, or what a decoder puts in the place of bytes that are not UTF-8.
 * Such a topic or id would end up in logs, labels and queries.
 */
export function hasControlCharacter(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code < 0x20 || (code >= 0x7f && code <= 0x9f) || code === 0xfffd) return true;
  }
  return false;
}
