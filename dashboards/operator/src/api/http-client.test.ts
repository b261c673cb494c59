import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { addressOf, send } from './http-client.ts';

describe('requests of the web app', () => {
  it('write parameters and queries so that no character of theirs means anything', () => {
    assert.equal(
      addressOf('/devices/{device_id}/credentials/{id}', { params: { device_id: 'a/b?c', id: 7 } }),
      '/devices/a%2Fb%3Fc/credentials/7',
    );
    assert.equal(addressOf('/devices', { query: { search: 'a&b=c', limit: 5, cursor: undefined } }), '/devices?search=a%26b%3Dc&limit=5');
    assert.equal(addressOf('/telemetry/latest', { query: { keys: ['a,b', 'a,b'] } }), '/telemetry/latest?keys=a%2Cb&keys=a%2Cb');
    assert.equal(addressOf('/connection', {}), '/connection');
  });

  it('do not compile with a wrong path, a wrong field or a missing one', () => {
    // Never called: that these lines are errors is the test, and the type check of the web app runs it.
    const wrong = [
      // @ts-expect-error There is no such route.
      () => send('GET /device', {}),
      // @ts-expect-error There is no such method of it.
      () => send('PUT /devices', {}),
      // @ts-expect-error The parameter of the path has another name.
      () => send('GET /devices/{device_id}', { params: { id: 'pump-01' } }),
      // @ts-expect-error The body has no such field.
      () => send('POST /devices', { body: { device: 'pump-01' } }),
      // @ts-expect-error A login needs a password.
      () => send('POST /auth/login', { body: { username: 'ana' } }),
      // @ts-expect-error The answer has no such field.
      async () => String((await send('GET /auth/me', {})).email),
    ];
    assert.equal(wrong.length, 6);
  });
});
