import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { ERROR_CODES } from '../../../../src/core/errors.ts';
import { speak } from '../language.ts';
import { errorFrom } from './problem.ts';
import { refusalText } from './problem-words.ts';

/** Those that no page can bring about: they are told by the start, by configuration, to devices, or to programs. */
const NEVER_SHOWN = [
  'INVALID_CONFIG',
  'NO_POINT_STORED',
  'METHOD_NOT_ALLOWED',
  'UNSUPPORTED_MEDIA_TYPE',
  'FLOW_DID_NOT_STORE',
  'NO_OUTLET',
  'ALREADY_RUNNING',
  'SCHEMA_TOO_NEW',
];

describe('the words of refusals', () => {
  afterEach(() => {
    speak('en');
  });

  it('are the server’s own in English, and Spanish for each code that pages meet', () => {
    for (const code of [...Object.keys(ERROR_CODES), 'UNREACHABLE', 'UNKNOWN']) {
      const refusal = { code, status: 400, detail: 'What it says.' };
      assert.equal(refusalText(refusal, 'en'), 'What it says.');
      if (!NEVER_SHOWN.includes(code)) assert.notEqual(refusalText(refusal, 'es'), 'What it says.', code);
    }
  });

  it('name in Spanish what the server names', () => {
    speak('es');
    const body = { code: 'FORBIDDEN', detail: 'This needs the permission "rules:write", which user:ana does not have. Ask.' };
    assert.equal(
      errorFrom(403, JSON.stringify(body), null).message,
      'Para esto hace falta el permiso «rules:write», que usted no tiene. Pídalo a un administrador.',
    );
    const invalid = { code: 'INVALID_REQUEST', detail: '"name" is missing.' };
    assert.equal(errorFrom(400, JSON.stringify(invalid), null).message, 'La petición no es válida: "name" is missing.');
    assert.equal(errorFrom(502, '<html>', null).message, 'El servidor respondió 502 sin decir por qué.');
  });
});
