/** A stretch of a line: words, or a link. */
export interface Span {
  text: string;
  /** Where it leads: http(s) to elsewhere, or a path of this app. */
  href?: string;
  isInside?: boolean;
}

/** One block of a text. */
export type Block =
  | { kind: 'heading'; level: 1 | 2 | 3; spans: readonly Span[] }
  | { kind: 'list'; items: readonly (readonly Span[])[] }
  | { kind: 'paragraph'; lines: readonly (readonly Span[])[] };

const HEADING = /^(#{1,3})\s+(\S.*)$/;
const ITEM = /^[-*]\s+(\S.*)$/;
/** `[words](address)`, or an address by itself. Bounded, so that no text makes the search long. */
const LINK = /\[([^[\]\n]{1,200})\]\(([^()\s]{1,500})\)|https?:\/\/[^\s<>"']{1,500}/g;
const END_OF_SENTENCE = /[.,;:!?)]+$/;

/**
 * Reads a text with three marks: `#` to `###` before headings, `-` before points of a list, `[words](address)` for links. Everything else,
 * signs of HTML too, is text; an address that is neither http(s) nor a path of this app is no link.
 */
export function parseText(text: string): Block[] {
  const blocks: Block[] = [];
  let isOpen = false;
  for (const line of text.replaceAll('\r\n', '\n').split('\n')) {
    const last = isOpen ? blocks.at(-1) : undefined;
    const heading = HEADING.exec(line);
    const item = ITEM.exec(line);
    isOpen = line.trim() !== '' && heading === null;
    if (heading !== null) blocks.push({ kind: 'heading', level: levelOf(heading[1] ?? ''), spans: spansOf(heading[2] ?? '') });
    else if (item !== null) {
      const spans = spansOf(item[1] ?? '');
      if (last?.kind === 'list') blocks.splice(-1, 1, { kind: 'list', items: [...last.items, spans] });
      else blocks.push({ kind: 'list', items: [spans] });
    } else if (isOpen) {
      const spans = spansOf(line);
      if (last?.kind === 'paragraph') blocks.splice(-1, 1, { kind: 'paragraph', lines: [...last.lines, spans] });
      else blocks.push({ kind: 'paragraph', lines: [spans] });
    }
  }
  return blocks;
}

function levelOf(marks: string): 1 | 2 | 3 {
  return marks.length === 1 ? 1 : marks.length === 2 ? 2 : 3;
}

function spansOf(line: string): Span[] {
  const spans: Span[] = [];
  let from = 0;
  for (const match of line.matchAll(LINK)) {
    const whole = match[1] === undefined ? match[0].replace(END_OF_SENTENCE, '') : match[0];
    const link = linkOf(match[1] ?? whole, match[2] ?? whole);
    if (link === undefined) continue;
    if (match.index > from) spans.push({ text: line.slice(from, match.index) });
    spans.push(link);
    from = match.index + whole.length;
  }
  if (from < line.length) spans.push({ text: line.slice(from) });
  return spans;
}

function linkOf(text: string, address: string): Span | undefined {
  if (/^\/(?![/\\])/.test(address)) return { text, href: address, isInside: true };
  if (!/^https?:\/\//i.test(address) || !URL.canParse(address)) return undefined;
  return { text, href: address };
}
