import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { strayVariables, strayWarning } from './stray-variables.ts';

describe('names in .env that nobody reads', () => {
  let folder: string;
  before(() => (folder = mkdtempSync(path.join(os.tmpdir(), 'insa-stray-'))));
  after(() => rmSync(folder, { recursive: true, force: true }));

  function straysOf(content: string) {
    const file = path.join(folder, 'env');
    writeFileSync(file, content);
    return strayVariables(file)
      .map(({ name, nearest }) => `${name}: ${nearest}`)
      .sort();
  }

  it('are named with the nearest one that is read', () => {
    assert.deepEqual(straysOf('MQTT_PROT=1884\nHTTPPORT=80\nRETENTION_DAY=3\nhttp_port=80\nTLS_CERT=a.pem\nREDISURL=x\nREDIS_HOST=y'), [
      'HTTPPORT: HTTP_PORT',
      'MQTT_PROT: MQTT_PORT',
      'REDISURL: REDIS_URL',
      'REDIS_HOST: REDIS_URL',
      'RETENTION_DAY: RETENTION_DAYS',
      'TLS_CERT: TLS_CERT_FILE',
      'http_port: HTTP_PORT',
    ]);
  });

  it('are left alone when they are read, look like nothing of ours, or are comments', () => {
    assert.deepEqual(straysOf('MQTT_PORT=1\nNODE_OPTIONS=x\nTZ=UTC\nINSA_API_KEY=x\nPOSTGRES_PASSWORD=x\n#MQTT_PROT=1\n'), []);
    assert.deepEqual(strayVariables(path.join(folder, 'missing')), []);
  });

  it('make one warning', () => {
    assert.equal(strayWarning([]), undefined);
    const warning = strayWarning([
      { name: 'MQTT_PROT', nearest: 'MQTT_PORT' },
      { name: 'TLS_CERT', nearest: 'TLS_CERT_FILE' },
    ]);
    assert.match(warning ?? '', /MQTT_PROT \(is MQTT_PORT meant\?\), TLS_CERT \(is TLS_CERT_FILE meant\?\)/);
  });
});
