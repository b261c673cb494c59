import assert from 'node:assert/strict';
import { languageOf } from './listener.ts';

describe('the language of answers', () => {
  it('is what Accept-Language wants most, as far as it is spoken here, and English otherwise', () => {
    for (const [header, language] of [
      [undefined, 'en'],
      ['', 'en'],
      ['es', 'es'],
      ['es-CO,es;q=0.9,en;q=0.8', 'es'],
      ['ES-419', 'es'],
      ['en-US,en;q=0.9,es;q=0.8', 'en'],
      ['en;q=0.5, es;q=0.7', 'es'],
      ['fr-FR, es;q=0.3', 'es'],
      ['fr, *;q=0.5', 'en'],
      ['es;q=0, en;q=0.1', 'en'],
      ['es;q=x', 'en'],
      ['est', 'en'],
      [`${'x,'.repeat(50_000)}es`, 'en'],
    ] as const) {
      assert.equal(languageOf(header), language, header?.slice(0, 50));
    }
  });
});
