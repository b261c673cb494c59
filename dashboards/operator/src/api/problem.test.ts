import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { ApiError, errorFrom, noAnswer, sessionOver, speakWith } from './problem.ts';

describe('what the API says is wrong', () => {
  it('reads problem details with their fields', () => {
    const body = JSON.stringify({
      type: 'about:blank',
      title: 'The request is not valid',
      status: 400,
      code: 'INVALID_REQUEST',
      detail: 'The password is too short.',
      errors: [{ field: 'new_password', message: 'A password has at least 12 characters.' }, 'nonsense'],
    });
    const error = errorFrom(400, body, null);
    assert.equal(error.message, 'The password is too short.');
    assert.equal(error.code, 'INVALID_REQUEST');
    assert.deepEqual(error.fields, [{ field: 'new_password', message: 'A password has at least 12 characters.' }]);
  });

  it('keeps how long to wait', () => {
    assert.equal(errorFrom(429, '{"detail":"Wait.","code":"RATE_LIMITED"}', '37').retryAfterSeconds, 37);
    assert.equal(errorFrom(429, '{"detail":"Wait."}', 'Wed, 21 Oct 2026 07:28:00 GMT').retryAfterSeconds, undefined);
  });

  it('does not choke on a page of a proxy, nothing, or JSON of another shape', () => {
    for (const body of ['<html>Bad gateway</html>', '', 'null', '[]', '{"detail":5}']) {
      const error = errorFrom(502, body, null);
      assert.match(error.message, /502/);
      assert.equal(error.code, 'UNKNOWN');
    }
  });

  it('tells a server that is away from one that refuses', () => {
    assert.equal(new ApiError(0, { code: 'UNREACHABLE', detail: '' }).isServerAway, true);
    assert.equal(errorFrom(503, '', null).isServerAway, true);
    assert.equal(errorFrom(403, '', null).isServerAway, false);
  });

  it('is said in the language of the page where the server has not said it', () => {
    assert.equal(noAnswer().message, 'The server did not answer.');
    speakWith({ noAnswer: () => 'Nada.', unexplained: (status) => `${String(status)}: ?`, sessionOver: () => 'Fin.' });
    assert.deepEqual(
      [noAnswer(), sessionOver(), errorFrom(418, '', null)].map(({ message }) => message),
      ['Nada.', 'Fin.', '418: ?'],
    );
    assert.ok(noAnswer().isServerAway);
  });
});
