import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { keysCsv } from './csv.ts';
import { fileName } from './save-file.ts';

describe('the keys of an import as a file', () => {
  it('are those of the new devices, with nothing a spreadsheet would carry out', () => {
    const item = { line: 2, device_id: 'a', name: '=HYPERLINK("x")', result: 'created' as const, credential_id: '1', key: 'k,1' };
    const csv = keysCsv([item, { ...item, result: 'skipped', key: null }]);
    assert.equal(csv, 'line,device_id,name,result,credential_id,key\r\n2,a,"\'=HYPERLINK(""x"")",created,1,"k,1"\r\n');
  });

  it('have a name that every file system takes', () => {
    assert.equal(fileName('plant:a/b', '', 'x.csv'), 'plant_a_b-x.csv');
  });
});
