import assert from 'node:assert/strict';
import { byName, pageLanguage, speak } from './language.ts';

describe('the language of the page', () => {
  afterEach(() => speak('en'));

  it('decides the order of names, with numbers by their size', () => {
    speak('es');
    assert.equal(pageLanguage(), 'es');
    assert.deepEqual(['ñame', 'nube', 'oca', 'pump-10', 'pump-2'].sort(byName), ['nube', 'ñame', 'oca', 'pump-2', 'pump-10']);
    speak('en');
    assert.deepEqual(['ñame', 'nube', 'oca'].sort(byName), ['ñame', 'nube', 'oca']);
  });
});
