import assert from 'node:assert/strict';
import type { RuleView } from '../../src/contracts/stored-rules.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { sealStoredHeaders } from '../../src/notify/webhooks/stored-headers.ts';
import { RuleActions } from '../../src/rulebook/rule-actions.ts';
import { notification } from '../notify/support.ts';
import { HOT } from './rule-samples.ts';
import { Client, startApi, WEBHOOKS } from './support.ts';
import type { Answer, ApiFixture } from './support.ts';

const MASK = '********';
const SECRETS = ['tops3cret-of-the-desk', 'plant-north-777', 'n8n-passphrase-1'];
const URL_OF_DESK = 'https://desk.example.com/hook';
const WEBHOOK = { type: 'webhook', url: URL_OF_DESK, headers: { Authorization: `Bearer ${String(SECRETS[0])}`, 'X-Plant': SECRETS[1] } };
const N8N = { type: 'n8n', url: 'https://n8n.example.com/webhook/x', header: { name: 'X-Word', value: SECRETS[2] } };
const HEADERS_MASKED = { Authorization: MASK, 'X-Plant': MASK };

const ruleOf = (answer: Answer): RuleView => answer.body as unknown as RuleView;

/** Values of headers are as good as passwords: whoever may read rules must not read them, and neither may whoever reads the database. */
describe('headers of the actions of stored rules', () => {
  let fixture: ApiFixture;
  let admin: Client;
  let viewer: Client;

  before(async () => {
    fixture = await startApi();
    admin = await Client.login(fixture, 'admin');
    await fixture.addUser('reader', 'viewer');
    viewer = await Client.login(fixture, 'reader');
    for (const device_id of ['pump-01', 'pump-02']) await admin.post('/devices', { device_id });
  });
  after(() => fixture.stop());
  afterEach(async () => {
    await fixture.sql(`update rules set removed_at = now(), enabled = false where removed_at is null`);
  });

  const create = async (actions: object[] = [WEBHOOK, N8N], rule: object = HOT): Promise<RuleView> => {
    const answer = await admin.post('/rules', { ...rule, actions });
    assert.equal(answer.status, 201, answer.text);
    return ruleOf(answer);
  };
  const patch = (id: string, actions: object[]) => admin.send('PATCH', `/rules/${id}`, { actions });
  /** What would be sent: as nodes are given it. */
  const openedActions = async (rule: RuleView, version = rule.version): Promise<object[]> => {
    const actions = new RuleActions(fixture.database.db, fixture.webhooks.secrets);
    const { actions: read, problems } = await actions.of({ tenantId: 'default', ruleId: rule.id, version });
    assert.deepEqual(problems, []);
    return read.map(({ action }) => action);
  };
  const nothingSecretIn = (text: string, where: string): void => {
    for (const secret of SECRETS) assert.ok(!text.includes(secret), `${where} shows ${secret}`);
  };
  const dump = async (table: string): Promise<string> => JSON.stringify(await fixture.sql(`select to_jsonb(t) as row from ${table} t`));
  const refusedFields = (answer: Answer): unknown[] => [answer.status, answer.body.errors?.map(({ field }) => field).sort()];

  it('are shown to nobody, and are nowhere in the database, but reach whom they are for', async () => {
    const rule = await create();
    await admin.send('PATCH', `/rules/${rule.id}`, {
      name: 'Very hot',
      actions: [{ ...WEBHOOK, headers: { ...WEBHOOK.headers, 'X-Plant': 'plant-north-777-b' } }, N8N],
    });
    assert.deepEqual(
      rule.actions.map((action) => ('headers' in action ? action.headers : 'header' in action ? action.header : undefined)),
      [HEADERS_MASKED, { name: 'X-Word', value: MASK }],
    );
    const paths = ['/rules', `/rules/${rule.id}`, `/rules/${rule.id}/versions`, `/rules/${rule.id}/versions/1`, '/rules/export'];
    for (const path of paths) {
      for (const client of [admin, viewer]) {
        const answer = await client.get(path);
        assert.equal(answer.status, 200, path);
        assert.ok(answer.text.includes(MASK), `${path} says that there is a value`);
        nothingSecretIn(answer.text, path);
        assert.ok(!answer.text.includes('sealed:'), `${path} shows what is stored`);
      }
    }
    for (const table of ['rules', 'rule_versions', 'audit_log']) nothingSecretIn(await dump(table), table);
    nothingSecretIn((await admin.get('/audit/logs')).text, 'the audit log');
    assert.deepEqual(await openedActions(rule, 1), [WEBHOOK, N8N]);
  });

  it('are not in the words of an explanation, of a test or of a backtest', async () => {
    const rule = await create();
    const test = await admin.post(`/rules/${rule.id}/test`, { values: { temperature: 81 } });
    assert.equal(test.status, 200, test.text);
    const end = new Date(fixture.clock.nowMs()).toISOString();
    const started = await admin.post(`/rules/${rule.id}/backtest`, {
      start: new Date(fixture.clock.nowMs() - 3_600_000).toISOString(),
      end,
    });
    for (const answer of [test, started]) {
      nothingSecretIn(answer.text, 'the answer');
      assert.ok(!answer.text.includes('sealed:'));
    }
    const alertId = '0b3c1a52-6f0e-4d55-9d0e-6f1f0a3b2c11';
    await fixture.sql(
      `insert into alerts (alert_id, tenant_id, rule_id, rule_version, rule_name, device_id, key, severity, status, message, occurrences, raised_at, known_at, last_at)
       values ($1, 'default', $2, 1, 'Hot', 'pump-01', 'temperature', 'warning', 'active', '', 1, now(), now(), now())`,
      [alertId, rule.id],
    );
    const explained = await viewer.get(`/alerts/${alertId}/explanation`);
    assert.equal(explained.status, 200, explained.text);
    assert.ok(explained.text.includes(MASK), 'the definition is there');
    nothingSecretIn(explained.text, 'the explanation');
    assert.ok(!explained.text.includes('sealed:'));
    await fixture.sql('delete from alerts where alert_id = $1', [alertId]);
  });

  it('stay as they are stored where the mask is sent back, also in another place, and make no version by that', async () => {
    const rule = await create();
    const same = await admin.send('PUT', `/rules/${rule.id}`, { ...HOT, actions: rule.actions });
    assert.deepEqual([same.status, ruleOf(same).version], [200, 1], same.text);
    assert.equal(ruleOf(await patch(rule.id, [WEBHOOK, N8N])).version, 1, 'nor does entering the same value');
    assert.equal(ruleOf(await admin.send('PATCH', `/rules/${rule.id}`, { name: 'Hotter' })).version, 2);
    const moved = ruleOf(await patch(rule.id, [rule.actions[1] ?? {}, { ...rule.actions[0], on: ['raised'] }]));
    assert.equal(moved.version, 3);
    assert.deepEqual(await openedActions(moved), [N8N, { ...WEBHOOK, on: ['raised'] }]);
    const one = ruleOf(await patch(rule.id, [N8N, { ...WEBHOOK, headers: { authorization: MASK, 'X-Plant': 'another' } }]));
    assert.deepEqual(await openedActions(one), [
      N8N,
      { ...WEBHOOK, headers: { authorization: WEBHOOK.headers.Authorization, 'X-Plant': 'another' } },
    ]);
    const restored = ruleOf(await admin.post(`/rules/${rule.id}/versions/1/restore`));
    assert.deepEqual(await openedActions(restored), [WEBHOOK, N8N]);
  });

  it('are not kept for another URL, and a mask with nothing behind it is refused by its field', async () => {
    const rule = await create();
    const elsewhere = await patch(rule.id, [{ ...rule.actions[0], url: 'https://thief.example.com/' }]);
    assert.deepEqual(refusedFields(elsewhere), [400, ['actions.0.headers.Authorization', 'actions.0.headers.X-Plant']]);
    assert.match(
      elsewhere.body.detail,
      /none to keep for https:\/\/thief\.example\.com\/; a value is kept for the same URL only\. Enter the value\./,
    );
    const created = await admin.post('/rules', { ...HOT, actions: [{ ...N8N, header: { name: 'X-Word', value: MASK } }] });
    assert.deepEqual(refusedFields(created), [400, ['actions.0.header.value']]);
    const renamed = await patch(rule.id, [{ ...WEBHOOK, headers: { 'X-New': MASK } }]);
    assert.deepEqual(refusedFields(renamed), [400, ['actions.0.headers.X-New']]);
    // Two actions with the same header and URL, moved: nobody can tell which value is meant.
    const twice = await create([WEBHOOK, { ...WEBHOOK, headers: { Authorization: 'other' } }], { ...HOT, name: 'Twice' });
    const unclear = await patch(twice.id, [N8N, { type: 'flow', entry: 'x' }, { ...WEBHOOK, headers: { Authorization: MASK } }]);
    assert.deepEqual(refusedFields(unclear), [400, ['actions.2.headers.Authorization']]);
    const test = await admin.post('/notifications/test/webhook', { url: URL_OF_DESK, headers: { Authorization: MASK } });
    assert.deepEqual(refusedFields(test), [400, ['headers']]);
    assert.match(test.body.detail, /enter the value itself/);
  });

  it('are taken as text whatever they look like: what is stored for one URL cannot be had sent to another', async () => {
    const rule = await create();
    const rows = await fixture.sql(
      `select definition #>> '{actions,0,headers,Authorization}' as sealed from rule_versions where rule_id = $1`,
      [rule.id],
    );
    const sealed = String(rows[0]?.['sealed']);
    assert.match(sealed, /^sealed:/);
    const theft = { type: 'webhook', url: 'https://thief.example.com/', headers: { Authorization: sealed } };
    const stolen = await create([theft], { ...HOT, name: 'Theft' });
    assert.deepEqual(await openedActions(stolen), [theft], 'the text itself, not what it hides');
    assert.throws(() => fixture.webhooks.secrets.open(sealed, { tenantId: 'default', url: theft.url }), /cannot be decrypted/);
    assert.throws(() => fixture.webhooks.secrets.open(sealed, { tenantId: 'other', url: URL_OF_DESK }), /cannot be decrypted/);
  });

  it('are masked in an export; an import keeps what a rule of the same name has, and asks for the rest', async () => {
    const rule = await create();
    const exported = JSON.parse((await admin.get('/rules/export')).text) as { rules: object[] };
    const replaced = await admin.post('/rules/import?on_conflict=replace', {
      ...exported,
      rules: [{ ...exported.rules[0], severity: 'critical' }],
    });
    assert.equal(replaced.status, 201, replaced.text);
    assert.deepEqual(await openedActions({ ...rule, version: 2 }), [WEBHOOK, N8N]);
    await admin.send('DELETE', `/rules/${rule.id}`);
    const refused = await admin.post('/rules/import', exported);
    assert.deepEqual(refusedFields(refused), [
      400,
      ['rules.0.actions.0.headers.Authorization', 'rules.0.actions.0.headers.X-Plant', 'rules.0.actions.1.header.value'],
    ]);
    assert.deepEqual((await admin.get('/rules')).body.items, [], 'nothing is imported');
  });

  it('are said to be changed in the audit log, without the values', async () => {
    const rule = await create([{ ...WEBHOOK, headers: { 'X-Plant': SECRETS[1] } }]);
    await patch(rule.id, [{ ...WEBHOOK, headers: { 'X-Plant': 'tops3cret-of-the-desk' } }]);
    const [line] = await fixture.sql(`select details from audit_log where target = $1 and action = 'rule.change'`, [rule.id]);
    assert.deepEqual(line?.['details'], {
      name: 'Hot',
      version: 2,
      running_state: 'keep',
      before: { actions: [{ ...WEBHOOK, headers: { 'X-Plant': MASK } }] },
      after: { actions: [{ ...WEBHOOK, headers: { 'X-Plant': `${MASK} (changed)` } }] },
    });
  });

  it('of an older version are encrypted at the next start, in rules and in what is still to be sent; until then nothing shows them', async () => {
    const rule = await create();
    const plain = JSON.stringify([WEBHOOK, N8N, { type: 'report', days: 7 }]);
    await fixture.sql(`update rule_versions set definition = jsonb_set(definition, '{actions}', $2::jsonb) where rule_id = $1`, [
      rule.id,
      plain,
    ]);
    const content = (action: object) => ({ content: { action, alert: {}, device: {} } });
    await fixture.outbox.queue([notification('old-1', content(WEBHOOK)), notification('old-2', { ...content(N8N), channel: 'n8n' })]);
    nothingSecretIn((await viewer.get(`/rules/${rule.id}`)).text, 'the rule');
    const start = () => sealStoredHeaders({ db: fixture.database.db, secrets: fixture.webhooks.secrets, logger: silentLogger });
    await start();
    for (const table of ['rule_versions', 'notifications']) nothingSecretIn(await dump(table), table);
    const after = await dump('rule_versions');
    await start();
    assert.equal(await dump('rule_versions'), after, 'once');
    const actions = new RuleActions(fixture.database.db, fixture.webhooks.secrets);
    const { actions: read, problems } = await actions.of({ tenantId: 'default', ruleId: rule.id, version: 1 });
    assert.deepEqual([read.map(({ action }) => action), problems.length], [[WEBHOOK, N8N], 1]);
    const kept = await admin.send('PATCH', `/rules/${rule.id}`, { actions: rule.actions });
    assert.equal(kept.status, 200, kept.text);
  });
});

describe('actions of stored rules that cannot be done', () => {
  let fixture: ApiFixture;
  let admin: Client;

  before(async () => {
    fixture = await startApi({ topicRoot: 'plant/line-1' });
    admin = await Client.login(fixture, 'admin');
    await admin.post('/devices', { device_id: 'pump-01', type: 'pump', allowed_commands: ['stop', 'start'] });
    await admin.post('/devices', { device_id: 'pump-02', type: 'pump' });
  });
  after(() => fixture.stop());

  const refused = async (rule: object): Promise<[string[], string]> => {
    const answer = await admin.post('/rules', rule);
    assert.equal(answer.status, 400, answer.text);
    return [answer.body.errors.map(({ field }) => field), answer.body.detail];
  };
  const accepted = async (rule: object): Promise<string> => {
    const answer = await admin.post('/rules', rule);
    assert.equal(answer.status, 201, answer.text);
    return answer.body.id;
  };
  const stop = { type: 'command', command: 'stop' };

  it('are refused for topics under the root of this installation, and for those alone', async () => {
    const [fields, detail] = await refused({ ...HOT, actions: [{ type: 'mqtt', topic: 'plant/alarms' }] });
    assert.deepEqual(fields, ['actions.0.topic']);
    assert.match(detail, /"plant\/alarms" is one of the platform's own \("plant\/\.\.\."/);
    assert.deepEqual((await refused({ ...HOT, actions: [{ type: 'mqtt', topic: '$SYS/x' }] }))[0], ['actions.0.topic']);
    await accepted({ ...HOT, actions: [{ type: 'mqtt', topic: 'insa/alarms' }] });
  });

  it('are refused when it can be told that they would not do what is meant', async () => {
    const hook = { type: 'webhook', url: 'https://example.com/hook' };
    const mail = { type: 'email', recipients: ['ops@example.com'] };
    for (const [action, field, says] of [
      [{ ...mail, timezone: 'Mars/Base' }, 'timezone', /The time zone "Mars\/Base" is unknown; enter one such as "America\/Bogota"/],
      [
        { ...mail, text: 'It is {{{value}}}' },
        'text',
        /The text has \{\{\{value\}\}\}, with more than two braces; write fields as \{\{value\}\}/,
      ],
      [{ type: 'command', command: 'stop', params: { a: ['{{{value}}}'] } }, 'params', /The parameter has \{\{\{value/],
      [{ ...hook, url: 'http://169.254.169.254/latest' }, 'url', /169\.254\.169\.254 is a link-local address, .*Enter another address/],
      [{ ...hook, type: 'n8n', url: 'http://[::ffff:169.254.169.254]/' }, 'url', /link-local/],
      [
        { ...hook, url: `http://localhost:${String(WEBHOOKS.config.httpPort)}/x` },
        'url',
        /127\.0\.0\.1 with port \d+ is the platform itself/,
      ],
      [
        { ...hook, headers: { 'X A': 'b' } },
        'headers',
        /"X A" cannot be the name of a header\. The name of a header has letters, digits and - only/,
      ],
    ] as const) {
      const [fields, detail] = await refused({ ...HOT, actions: [action] });
      assert.ok(fields[0]?.startsWith(`actions.0.${field}`), fields.join());
      assert.match(detail, says);
    }
    assert.deepEqual((await refused({ ...HOT, message: '{{{value}}}' }))[0], ['message']);
    // What an administrator may allow is not refused, and names are looked up when something is sent.
    for (const [at, url] of ['http://10.0.0.7:8080/', 'http://127.0.0.1:9999/', 'https://metadata.example.com/'].entries()) {
      await accepted({
        ...HOT,
        name: `Allowed ${String(at)}`,
        actions: [
          { ...hook, url },
          { ...mail, timezone: 'America/Bogota', text: 'a {b} {{value}}' },
        ],
      });
    }
  });

  it('are refused for a command that the device does not allow, where it is known which device that is', async () => {
    const id = await accepted({ ...HOT, name: 'Stops', actions: [stop] });
    const [fields, detail] = await refused({ ...HOT, actions: [stop, { type: 'command', command: 'self_destruct' }] });
    assert.deepEqual(fields, ['actions.1.command']);
    assert.match(detail, /"self_destruct" is not among those of "pump-01" \(stop, start\).*"commands:write".*"allowed_commands"/);
    assert.deepEqual((await refused({ ...HOT, actions: [{ ...stop, device_id: 'pump-02' }] }))[0], ['actions.0.command']);
    assert.deepEqual((await refused({ ...HOT, actions: [{ ...stop, device_id: 'nobody' }] }))[0], ['actions.0.device_id']);
    const edited = await admin.send('PATCH', `/rules/${id}`, { actions: [{ type: 'command', command: 'melt' }] });
    assert.deepEqual([edited.status, edited.body.errors.map(({ field }) => field)], [400, ['actions.0.command']]);
    const file = { format: 'insa-rules', version: 1, rules: [{ ...HOT, name: 'Filed', actions: [{ type: 'command', command: 'melt' }] }] };
    assert.deepEqual(
      (await admin.post('/rules/import', file)).body.errors.map(({ field }) => field),
      ['rules.0.actions.0.command'],
    );
    const { device_id: _one, ...everywhere } = HOT;
    await accepted({ ...everywhere, name: 'All pumps', scope: { device_type: 'pump' }, actions: [stop] });
  });
});
