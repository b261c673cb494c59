import assert from 'node:assert/strict';
import { completed, firstFree, halves, inReadingOrder, inside, moved, overlap, rowsOf, sameLayout, tidied } from './grid-layout.ts';
import type { Layout } from './grid-layout.ts';

const box = (x: number, y: number, w = 3, h = 2) => ({ x, y, w, h });
const hasOverlap = (layout: Layout): boolean => {
  const all = Object.values(layout);
  return all.some((one, place) => all.slice(place + 1).some((other) => overlap(one, other)));
};

describe('the layout of a dashboard', () => {
  it('gives a place to widgets that have none or lie over another, and forgets places of no widget', () => {
    const widgets = [
      { id: 'a', type: 'value' as const },
      { id: 'b', type: 'value' as const },
      { id: 'c', type: 'chart' as const },
    ];
    const layout = completed(widgets, { a: box(0, 0), b: box(1, 1), gone: box(9, 9) });
    assert.deepEqual(layout['a'], box(0, 0));
    assert.deepEqual(Object.keys(layout).sort(), ['a', 'b', 'c']);
    assert.equal(hasOverlap(layout), false);
    assert.deepEqual(completed([{ id: 'new', type: 'hologram' as 'text' }], {})['new'], box(0, 0));
    assert.deepEqual(firstFree({ a: box(0, 0, 12, 1) }, { w: 3, h: 2 }), box(0, 1));
  });

  it('pushes down what a moved widget lies over, and what lies below that', () => {
    const layout = { a: box(0, 0), b: box(3, 0), c: box(3, 2), d: box(9, 0) };
    const after = moved(layout, 'a', box(3, 0));
    assert.deepEqual(after, { a: box(3, 0), b: box(3, 2), c: box(3, 4), d: box(9, 0) });
    assert.equal(hasOverlap(moved(layout, 'd', box(0, 0, 12, 3))), false);
  });

  it('keeps a widget inside the grid whatever is asked', () => {
    assert.deepEqual(inside(box(-4, -1, 40, 0)), box(0, 0, 12, 1));
    assert.deepEqual(inside(box(11, 5_000, 4, 200)), box(8, 999, 4, 100));
    assert.deepEqual(inside({ x: Number.NaN, y: 1.4, w: 2.6, h: 2 }), box(0, 1, 3, 2));
  });

  it('moves everything up without changing the order', () => {
    assert.deepEqual(tidied({ a: box(0, 4), b: box(0, 9), c: box(6, 1) }), { c: box(6, 0), a: box(0, 0), b: box(0, 2) });
    assert.equal(rowsOf({ a: box(0, 4), b: box(0, 9) }), 11);
  });

  it('is read row by row, those without a place last', () => {
    const widgets = [{ id: 'none' }, { id: 'right' }, { id: 'below' }, { id: 'left' }];
    const layout = { right: box(6, 0), below: box(0, 2), left: box(0, 0) };
    assert.deepEqual(
      inReadingOrder(widgets, layout).map(({ id }) => id),
      ['left', 'right', 'below', 'none'],
    );
  });

  it('puts small widgets that follow each other two to a row', () => {
    const widget = (id: string, isSmall: boolean) => ({ id, isSmall });
    const stack = [widget('a', true), widget('b', true), widget('c', true), widget('d', false), widget('e', true)];
    assert.deepEqual([...halves(stack)], ['a', 'b']);
  });

  it('tells whether two are the same', () => {
    assert.equal(sameLayout({ a: box(0, 0) }, { a: box(0, 0) }), true);
    assert.equal(sameLayout({ a: box(0, 0) }, { a: box(0, 1) }), false);
    assert.equal(sameLayout({ a: box(0, 0) }, { a: box(0, 0), b: box(3, 0) }), false);
  });
});
