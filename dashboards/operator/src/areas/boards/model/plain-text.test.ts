import assert from 'node:assert/strict';
import { parseText } from './plain-text.ts';

describe('the text of a text widget', () => {
  it('has headings, paragraphs of lines, and lists', () => {
    assert.deepEqual(parseText('# One\nfirst\nsecond\n\n- a\n- b\n### Three'), [
      { kind: 'heading', level: 1, spans: [{ text: 'One' }] },
      { kind: 'paragraph', lines: [[{ text: 'first' }], [{ text: 'second' }]] },
      { kind: 'list', items: [[{ text: 'a' }], [{ text: 'b' }]] },
      { kind: 'heading', level: 3, spans: [{ text: 'Three' }] },
    ]);
    assert.deepEqual(parseText(''), []);
    assert.equal(parseText('#no heading')[0]?.kind, 'paragraph');
  });

  it('has links to http(s) and into this app, and to nowhere else', () => {
    const spans = (line: string) => {
      const [block] = parseText(line);
      return block?.kind === 'paragraph' ? block.lines[0] : assert.fail(line);
    };
    assert.deepEqual(spans('See [the manual](https://example.org/a) now'), [
      { text: 'See ' },
      { text: 'the manual', href: 'https://example.org/a' },
      { text: ' now' },
    ]);
    assert.deepEqual(spans('[Pump](/devices/pump-01)'), [{ text: 'Pump', href: '/devices/pump-01', isInside: true }]);
    assert.deepEqual(spans('at https://example.org/x.'), [
      { text: 'at ' },
      { text: 'https://example.org/x', href: 'https://example.org/x' },
      { text: '.' },
    ]);
    for (const bad of [
      '[x](javascript:alert`1`)',
      '[x](data:text/html,y)',
      '[x](//evil.example)',
      '[x](/\\evil.example)',
      '[x](relative)',
    ]) {
      assert.deepEqual(spans(bad), [{ text: bad }]);
    }
  });

  it('takes signs of HTML for text', () => {
    assert.deepEqual(parseText('<img src=x onerror=alert(1)>'), [
      { kind: 'paragraph', lines: [[{ text: '<img src=x onerror=alert(1)>' }]] },
    ]);
  });
});
