import assert from 'node:assert/strict';
import { changesOf } from './audit-changes.ts';

describe('what a change did, for the audit log', () => {
  it('is only what differs', () => {
    const change = changesOf({ name: 'Pump', type: 'pump', tags: ['a'] }, { name: 'Pump 1', type: 'pump', tags: ['a'] });
    assert.deepEqual(change, { before: { name: 'Pump' }, after: { name: 'Pump 1' } });
  });

  it('has no before for what was made, and no after for what was removed', () => {
    assert.deepEqual(changesOf(undefined, { name: 'x', location: undefined }), { before: {}, after: { name: 'x' } });
    assert.deepEqual(changesOf({ name: 'x' }, undefined), { before: { name: 'x' }, after: {} });
  });

  it('masks secrets at any depth, and a key of a series is none', () => {
    const after = { password: 'p', hook: { secret: 's', api_key: 'k', headers: [{ Authorization: 'b' }] }, conditions: { left: 1 } };
    assert.deepEqual(changesOf(undefined, after).after, {
      password: '***',
      hook: { secret: '***', api_key: '***', headers: [{ Authorization: '***' }] },
      conditions: { left: 1 },
    });
    assert.deepEqual(changesOf({ secret: 'a' }, { secret: 'b' }), { before: { secret: '***' }, after: { secret: '***' } });
    assert.deepEqual(changesOf({ series: { keys: ['temperature'] } }, undefined).before, { series: { keys: ['temperature'] } });
    assert.deepEqual(changesOf(undefined, { conditions: { key: 'temperature' } }).after, { conditions: { key: 'temperature' } });
  });

  for (const name of [
    ...[
      'password',
      'Passwd',
      'pwd',
      'mqtt_pwd',
      'passphrase',
      'wifi_pass',
      'wifipass',
      'pass',
      'psk',
      'wifiPSK',
      'pin',
      'sim_pin',
      'pin_code',
    ],
    ...['apiKey', 'apikey', 'API_KEY', 'x-api-key', 'apiKeys', 'private key', 'privateKey', 'accountKey', 'encryption_key', 'device_key'],
    ...['bearer', 'authToken', 'refresh_tokens', 'clientSecret', 'Authorization', 'basicAuth', 'connection_string', 'dsn', 'contraseña'],
  ])
    it(`masks "${name}"`, () => {
      assert.deepEqual(changesOf(undefined, { [name]: 'abc', deep: [{ [name]: 1234 }] }).after, {
        [name]: '***',
        deep: [{ [name]: '***' }],
      });
    });

  for (const name of [
    ...['key', 'keys', 'Key', 'series_key', 'seriesKeys', 'widgetKey', 'public_key', 'shipping', 'pinned', 'spin', 'compass', 'bypass'],
    ...['low_pass', 'bandpass', 'gpio_pin', 'keyboard', 'monkey', 'author', 'passed', 'opinion', 'dashboard', 'description'],
  ])
    it(`leaves "${name}" readable`, () => {
      assert.deepEqual(changesOf(undefined, { deep: [{ [name]: 'abc' }] }).after, { deep: [{ [name]: 'abc' }] });
    });

  for (const [text, shown] of [
    ['https://user:hookpass@example.com/hook?token=tok-555&x=1', 'https://***@example.com/hook?token=***&x=1'],
    ['https://ghp_abc@example.com/a', 'https://***@example.com/a'],
    ['postgres://u:cs-pass@h/db?sslmode=require', 'postgres://***@h/db?sslmode=require'],
    ['send to mqtts://a:p/w?d@broker:8883 then', 'send to mqtts://***@broker:8883 then'],
    ['https://chat.example.com/v1?key=AIza&sig=x%2Fy#top', 'https://chat.example.com/v1?key=***&sig=***#top'],
    ['https://h/x?api_key=1;b=2', 'https://h/x?api_key=***;b=2'],
    ['Server=db;User Id=sa;Password=geheim;Port=1', 'Server=db;User Id=sa;Password=***;Port=1'],
    ["host=db password='with blank' dbname=x", 'host=db password=*** dbname=x'],
    ['Endpoint=sb://x.net/;SharedAccessKey=abc=', 'Endpoint=sb://x.net/;SharedAccessKey=***'],
    ['{"token": "a\\"b", "key": "temperature"}', '{"token": "***", "key": "temperature"}'],
    ['Bearer eyJhbGciOi.x.y', 'Bearer ***'],
    ['Basic dXNlcjpwYXNz', 'Basic ***'],
    ['-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----', '-----BEGIN RSA PRIVATE KEY----- ***'],
  ])
    it(`masks the secrets within ${JSON.stringify(text)}`, () => {
      assert.deepEqual(changesOf(undefined, { url: text, list: [text] }).after, { url: shown, list: [shown] });
    });

  for (const text of [
    ...['https://example.com:8080/a?key_count=1&from=a@b.example', 'ana@example.com', 'Basic settings', 'pressure = 4 bar', 'a://b'],
    ...['{{device_name}}: {{key}} is {{value}}', 'mqtt://broker:1883', 'pump.pressure > 3'],
  ])
    it(`leaves ${JSON.stringify(text)} readable`, () => {
      assert.deepEqual(changesOf(undefined, { text }).after, { text });
    });

  it('masks the value of a header that is written as a pair, and not the limit of a quantity', () => {
    const headers = [
      { name: 'X-Api-Key', value: 'abc' },
      { name: 'Accept', value: 'text/plain' },
    ];
    assert.deepEqual(changesOf(undefined, { headers, condition: { key: 'pin', value: 5 } }).after, {
      headers: [{ name: 'X-Api-Key', value: '***' }, headers[1]],
      condition: { key: 'pin', value: 5 },
    });
  });

  it('shows yes and no, and the settings of a quantity whose name only sounds like a secret', () => {
    assert.deepEqual(changesOf(undefined, { must_change_password: true }).after, { must_change_password: true });
    assert.deepEqual(changesOf(undefined, { pin: { unit: 'mm' } }).after, { pin: { unit: 'mm' } });
  });

  it('takes no time over long texts', () => {
    for (const part of ['x://:a', 'a=', '"a":', 'Basic ', '-----BEGIN PRIVATE KEY-----', '://a', '?a', 'a'])
      assert.equal(typeof changesOf(undefined, { text: part.repeat(Math.ceil(500_000 / part.length)) }).after['text'], 'string');
  });
});
