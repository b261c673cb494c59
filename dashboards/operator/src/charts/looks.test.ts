import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { lookAt } from './looks.ts';

/** Contrast of two colours after WCAG 2.2. */
function contrast(one: string, other: string): number {
  const [light = 0, dark = 0] = [luminance(one), luminance(other)].sort((left, right) => right - left);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(color: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((from) => {
    const part = Number.parseInt(color.slice(from, from + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

describe('the looks of the lines of a chart', () => {
  it('are all different for fifty lines', () => {
    for (const theme of ['light', 'dark'] as const) {
      const looks = Array.from({ length: 50 }, (_, place) => JSON.stringify([lookAt(place, theme).color, lookAt(place, theme).dash]));
      assert.equal(new Set(looks).size, 50);
    }
  });

  it('differ without their colours for the first six', () => {
    assert.equal(new Set(Array.from({ length: 6 }, (_, place) => lookAt(place, 'light').mark)).size, 6);
  });

  it('stand out from the surface of both themes', () => {
    for (let place = 0; place < 10; place += 1) {
      assert.ok(contrast(lookAt(place, 'light').color, '#FFFFFF') >= 3);
      assert.ok(contrast(lookAt(place, 'dark').color, '#121A23') >= 3);
    }
  });
});
