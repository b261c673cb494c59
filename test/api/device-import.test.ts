import assert from 'node:assert/strict';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Device, DeviceImport } from '../../src/contracts/devices.ts';
import { Client, startApi } from './support.ts';
import type { Answer, ApiFixture } from './support.ts';

describe('the import of devices from CSV', () => {
  let fixture: ApiFixture;
  let admin: Client;

  before(async () => {
    fixture = await startApi();
    admin = await Client.login(fixture, 'admin');
  });
  after(() => fixture.stop());

  const send = (csv: string, query = '', headers: Record<string, string> = {}): Promise<Answer> =>
    admin.send('POST', `/devices/import${query}`, csv, { 'content-type': 'text/csv', ...headers });
  const of = (answer: Answer): DeviceImport => {
    assert.equal(answer.status, 200, JSON.stringify(answer.body).slice(0, 500));
    return answer.body as unknown as DeviceImport;
  };
  const device = async (id: string): Promise<Device> => (await admin.get(`/devices/${id}`)).body as unknown as Device;
  const exists = async (id: string): Promise<boolean> => (await admin.get(`/devices/${id}`)).status === 200;

  it('creates devices with keys that work, in one go', async () => {
    const csv = [
      'device_id,name,type,location,area,metadata,allowed_commands',
      'imp-1,"Pump, first",pump,Hall A,North,"{""serial"": 7}",start stop',
      'imp-2,,valve,,,,',
      '',
    ].join('\n');
    const changes: string[] = [];
    const offChanged = fixture.events.on('device.changed', ({ deviceId, change }) => changes.push(`${deviceId} ${change}`));
    const result = of(await send(csv));
    offChanged();
    assert.deepEqual([result.dry_run, result.created, result.updated, result.skipped], [false, 2, 0, 0]);
    assert.deepEqual(
      result.items.map(({ line, device_id, name, result: what }) => [line, device_id, name, what]),
      [
        [2, 'imp-1', 'Pump, first', 'created'],
        [3, 'imp-2', 'imp-2', 'created'],
      ],
    );
    const first = await device('imp-1');
    assert.deepEqual(
      [first.name, first.type, first.location, first.area, first.metadata, first.allowed_commands, first.origin],
      ['Pump, first', 'pump', 'Hall A', 'North', { serial: 7 }, ['start', 'stop'], 'user'],
    );
    assert.deepEqual(changes, ['imp-1 created', 'imp-2 created']);
    assert.equal(fixture.directory.lookup('imp-2')?.type, 'valve');
    for (const { device_id: id, key, credential_id: credentialId } of result.items) {
      const own = Client.withKey(fixture, key ?? '');
      assert.equal((await own.get('/auth/me')).body.username, `device:${id}`);
      assert.equal((await own.get(`/devices/${id}/config`)).status, 200);
      const list = await admin.get(`/devices/${id}/credentials`);
      assert.deepEqual(
        list.body.items.map((item) => [item.id, (key ?? '').startsWith(item.prefix)]),
        [[credentialId, true]],
      );
    }
    const lines = await fixture.sql(`select details::text as details from audit_log where action = 'device.import'`);
    assert.equal(lines.length, 1, 'written down once');
    const details = JSON.parse(String(lines[0]?.['details'])) as Record<string, unknown>;
    assert.deepEqual([details['created'], details['created_ids']], [2, ['imp-1', 'imp-2']]);
    assert.ok(!String(lines[0]?.['details']).includes('insa_device_'), 'without the keys');
  });

  it('reads what Excel writes: a byte order mark, semicolons, CRLF, line breaks in quotes', async () => {
    const csv = '\uFEFFdevice_id;name;metadata\r\nxl-1;"Bomba ""Ñ""\r\nSur";"{""a"": ""x;y""}"\r\n\r\nxl-2;Zweite;\r\n;;\r\n';
    const result = of(await send(csv));
    assert.deepEqual(
      result.items.map(({ line, device_id }) => [line, device_id]),
      [
        [2, 'xl-1'],
        [5, 'xl-2'],
      ],
    );
    const first = await device('xl-1');
    assert.deepEqual([first.name, first.metadata], ['Bomba "Ñ"\r\nSur', { a: 'x;y' }]);
    assert.equal(of(await send('Device_ID\tName\ntab-1\tTabs\n')).created, 1);
  });

  it('passes over the line that tells a spreadsheet the separator, and still counts it', async () => {
    const result = of(await send('\uFEFFsep=;\r\ndevice_id;name\r\nsep-1;a,b\r\n'));
    assert.deepEqual(
      result.items.map(({ line, device_id, name }) => [line, device_id, name]),
      [[3, 'sep-1', 'a,b']],
    );
    assert.equal((await device('sep-1')).name, 'a,b');
    assert.equal(of(await send('"sep=,"\ndevice_id,name\nsep-2,a;b\n')).items[0]?.name, 'a;b', 'the header alone would say the same');
    assert.equal(of(await send('sep=,\ndevice_id\nsep-3\n')).created, 1);
    for (const [csv, field] of [
      ['sep=;\ndevice_id;colour\nx;red\n', 'line 2: colour'],
      ['sep=;\ndevice_id\n', 'line 3: rows'],
      ['sep=;\ndevice_id;name\nx;"open\n', 'line 3: row'],
      ['sep=x\ndevice_id\n', 'line 1: sep=x'],
    ])
      assert.equal((await send(csv ?? '')).body.errors[0]?.field, field, csv);
  });

  it('says of a UTF-16 file how to save it', async () => {
    const post = (file: Buffer, type = 'text/csv') =>
      admin.send('POST', '/devices/import', new Blob([new Uint8Array(file)]), { 'content-type': type });
    const plain = Buffer.from('device_id\nutf-16\n', 'utf16le');
    const marked = Buffer.from('\uFEFFdevice_id\tname\r\nutf-16\tx\r\n', 'utf16le');
    const swapped = Buffer.from('\uFEFFdevice_id\nutf-16\n', 'utf16le').swap16();
    for (const file of [plain, marked, swapped]) {
      const answer = await post(file);
      assert.deepEqual([answer.status, answer.body.errors.map(({ field }) => field)], [400, ['body']]);
      assert.match(answer.body.detail, /UTF-16.*save the file as "CSV UTF-8"/);
    }
    assert.equal(of(await post(plain, 'text/csv; charset=utf-16le')).created, 1, 'whoever says what it is, is understood');
  });

  it('names every bad row with line, field, value and rule, and imports nothing', async () => {
    await admin.post('/devices', { device_id: 'taken' });
    const csv = [
      'device_id,name,metadata,allowed_commands',
      'bad-ok,Fine,,',
      '-bad,Name,,',
      `bad-long,${'n'.repeat(201)},,`,
      'bad-json,Name,{serial: 7},',
      'bad-list,Name,[1],',
      'bad-command,Name,,start a/b',
      'bad-columns,Name',
      'bad-ok,Again,,',
      'bad-deep,Name,"{""a"": ""nul \\u0000""}",',
      ',Nameless,,',
      'bad id,,{,',
    ].join('\n');
    const answer = await send(csv);
    assert.equal(answer.status, 400);
    assert.equal(answer.body.code, 'INVALID_REQUEST');
    const expected: [string, RegExp][] = [
      ['line 3: device_id', /Line 3: "device_id" is "-bad".*starts with a letter or digit/],
      ['line 4: name', /Line 4: "name" is "nnn.*at most 200/],
      ['line 5: metadata', /Line 5: "metadata" is "\{serial: 7\}", which is not JSON/],
      ['line 6: metadata', /Line 6: "metadata" is a list/],
      ['line 7: allowed_commands.1', /Line 7: "allowed_commands.1" is "a\/b"/],
      ['line 8: row', /has 2 fields, and the header 4/],
      ['line 9: device_id', /"bad-ok", which stands in line 2 too/],
      ['line 10: metadata.a', /NUL/],
      ['line 11: device_id', /is ""/],
      ['line 12: metadata', /not JSON/],
      ['line 12: device_id', /is "bad id"/],
    ];
    assert.deepEqual(
      answer.body.errors.map(({ field }) => field),
      expected.map(([field]) => field),
    );
    expected.forEach(([, message], index) => assert.match(answer.body.errors[index]?.message ?? '', message));
    assert.equal(await exists('bad-ok'), false);
  });

  it('refuses files that are none', async () => {
    const cases: [string, string, RegExp][] = [
      ['', 'body', /no body; send CSV/],
      ['device_id\n', 'line 2: rows', /no devices/],
      ['name\nx\n', 'line 1: device_id', /missing in the header/],
      ['device_id,colour\na,red\n', 'line 1: colour', /no column; known are device_id/],
      ['device_id,name,name\na,b,c\n', 'line 1: name', /twice/],
      ['device_id,name\nq-1,"open\n', 'line 2: row', /not CSV/],
      ['device_id,name\nq-1,caf\uFFFD\n', 'line 2: name', /UTF-8/],
    ];
    for (const [csv, field, message] of cases) {
      const answer = await send(csv);
      assert.equal(answer.status, 400, csv);
      assert.equal(answer.body.errors[0]?.field, field, csv);
      assert.match(answer.body.errors[0]?.message ?? '', message);
    }
    assert.equal((await admin.send('POST', '/devices/import', 'device_id\nx\n', { 'content-type': 'text/plain' })).status, 415);
    const many = `device_id\n${Array.from({ length: 10_001 }, (_, n) => `many-${String(n)}`).join('\n')}`;
    assert.match((await send(many)).body.detail, /more than 10000 rows/);
    assert.equal((await send(`device_id,name\n${'x'.repeat(1_100_000)},y`)).status, 413);
  });

  it('refuses, skips or updates devices that exist', async () => {
    await admin.post('/devices', { device_id: 'old-1', name: 'Old', location: 'Hall A', metadata: { keep: true } });
    const csv = 'device_id,location\nold-1,Hall B\nnew-1,Hall C\n';
    const refused = await send(csv);
    assert.equal(refused.status, 409);
    assert.deepEqual(
      refused.body.errors.map(({ field }) => field),
      ['line 2: device_id'],
    );
    assert.match(refused.body.detail, /"old-1", which is taken/);
    assert.equal(await exists('new-1'), false);
    const skipped = of(await send(csv, '?existing=skip'));
    assert.deepEqual(
      skipped.items.map(({ device_id, name, result, key }) => [device_id, name, result, key === null]),
      [
        ['old-1', 'Old', 'skipped', true],
        ['new-1', 'new-1', 'created', false],
      ],
    );
    assert.equal((await device('old-1')).location, 'Hall A');
    const updated = of(await send(csv, '?existing=update'));
    assert.deepEqual([updated.created, updated.updated, updated.items.every(({ key }) => key === null)], [0, 2, true]);
    const old = await device('old-1');
    assert.deepEqual([old.name, old.location, old.metadata], ['Old', 'Hall B', { keep: true }], 'columns that are not there stay');
    assert.equal(fixture.directory.lookup('old-1')?.location, 'Hall B');
  });

  it('only says what it would do on a dry run', async () => {
    await admin.post('/devices', { device_id: 'dry-old', name: 'Dry' });
    const csv = 'device_id,type\ndry-old,pump\ndry-new,pump\n';
    const trial = of(await send(csv, '?dry_run=true&existing=update'));
    assert.deepEqual(
      [trial.dry_run, ...trial.items.map(({ device_id, name, result, key }) => [device_id, name, result, key])],
      [true, ['dry-old', 'Dry', 'updated', null], ['dry-new', 'dry-new', 'created', null]],
    );
    assert.equal(await exists('dry-new'), false);
    assert.equal((await device('dry-old')).type, '');
    assert.equal((await send(csv, '?dry_run=true')).status, 409);
    assert.equal((await send('device_id\n-x\n', '?dry_run=true')).status, 400);
    assert.equal((await fixture.sql(`select 1 from audit_log where action = 'device.import' and details::text like '%dry-%'`)).length, 0);
  });

  it('answers as CSV when asked, with nothing that a spreadsheet would run', async () => {
    const answer = await send('device_id,name\ncsv-1,=HYPERLINK(1)\ncsv-2,"a,b"\n', '', { accept: 'text/csv' });
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('content-type'), 'text/csv; charset=utf-8');
    const [header, first, second] = answer.text.split('\n');
    assert.equal(header, 'line,device_id,name,result,credential_id,key');
    assert.match(first ?? '', /^2,csv-1,'=HYPERLINK\(1\),created,[0-9a-f-]{36},insa_device_[\w-]{43}$/);
    assert.match(second ?? '', /^3,csv-2,"a,b",created,/);
  });

  it('needs the rights for what it does', async () => {
    const programWith = async (permissions: string[]) =>
      Client.withKey(fixture, (await admin.post('/api-keys', { name: 'p', kind: 'program', permissions })).body.key);
    const csv = (client: Client, text: string) => client.send('POST', '/devices/import', text, { 'content-type': 'text/csv' });
    const noKeys = await csv(await programWith(['devices:write']), 'device_id\nright-1\n');
    assert.deepEqual([noKeys.status, noKeys.body.permission], [403, 'credentials:write']);
    const noCommands = await csv(await programWith(['devices:write', 'credentials:write']), 'device_id,allowed_commands\nright-1,start\n');
    assert.deepEqual([noCommands.status, noCommands.body.permission], [403, 'commands:write']);
    assert.equal(await exists('right-1'), false);
    await fixture.sql(`insert into tenants (tenant_id, name) values ('acme', 'Acme')`);
    await fixture.addUser('foreign', 'admin', { tenantId: 'acme' });
    const foreign = await Client.login(fixture, 'foreign');
    await admin.post('/devices', { device_id: 'ours', name: 'Ours' });
    const theirs = await foreign.send('POST', '/devices/import?existing=update', 'device_id,name\nours,Theirs\n', {
      'content-type': 'text/csv',
    });
    assert.equal(theirs.status, 409, 'ids are unique in the installation');
    assert.equal((await device('ours')).name, 'Ours');
  });

  it('takes 5,000 devices while others are served', async () => {
    const rows = Array.from(
      { length: 5_000 },
      (_, n) => `bulk-${String(n)},"Pump ${String(n)}",pump,Hall ${String(n % 7)},North,"{""n"": ${String(n)}}",start`,
    );
    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    const importing = send(`device_id,name,type,location,area,metadata,allowed_commands\n${rows.join('\n')}`);
    let served = 0;
    let isDone = false;
    void importing.finally(() => (isDone = true));
    while (!isDone) {
      assert.equal((await admin.get('/devices/imp-1')).status, 200);
      served += 1;
    }
    delay.disable();
    const result = of(await importing);
    assert.equal(result.created, 5_000);
    assert.equal(new Set(result.items.map(({ key }) => key)).size, 5_000);
    assert.ok(served >= 5, `${String(served)} requests were answered meanwhile`);
    if (process.env['SHOW_DELAY'] !== undefined)
      console.log(`longest pause ${String(delay.max / 1e6)} ms, ${String(served)} requests served`);
    assert.equal((await admin.get('/devices?location=Hall%203&area=North&type=pump&limit=500')).body.items.length, 500);
  });

  it('takes after how much silence devices are offline; an empty cell ends that, a missing column leaves it', async () => {
    of(await send('device_id,offline_seconds\noff-1,90\noff-2,\n'));
    assert.deepEqual([(await device('off-1')).offline_seconds, (await device('off-2')).offline_seconds], [90, null]);
    of(await send('device_id,name\noff-1,Named\n', '?existing=update'));
    assert.equal((await device('off-1')).offline_seconds, 90);
    of(await send('device_id,offline_seconds\noff-1,\noff-2,30\n', '?existing=update'));
    assert.deepEqual([(await device('off-1')).offline_seconds, (await device('off-2')).offline_seconds], [null, 30]);
    const bad = await send('device_id,offline_seconds\noff-3,2\noff-4,soon\n');
    assert.equal(bad.status, 400);
    assert.deepEqual(
      bad.body.errors.map(({ field }) => field),
      ['line 2: offline_seconds', 'line 3: offline_seconds'],
    );
  });
});
