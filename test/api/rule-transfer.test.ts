import assert from 'node:assert/strict';
import type { RuleImport, RuleView } from '../../src/contracts/stored-rules.ts';
import { uuidOfName } from '../../src/core/ids.ts';
import { registerWiredRule } from '../../src/storage/repositories/rules.ts';
import { GAP, HOT, MEAN, SILENT } from './rule-samples.ts';
import { Client, startApi } from './support.ts';
import type { Answer, ApiFixture } from './support.ts';

const ruleOf = (answer: Answer): RuleView => answer.body as unknown as RuleView;
const fieldsOf = (answer: Answer): string[] => answer.body.errors.map(({ field }) => field);

describe('stored rules as a file, over the API', () => {
  let fixture: ApiFixture;
  let admin: Client;

  before(async () => {
    fixture = await startApi();
    admin = await Client.login(fixture, 'admin');
    for (const [device_id, type, location] of [
      ['pump-01', 'pump', 'Hall A'],
      ['pump-02', 'pump', 'Hall B'],
      ['boiler-01', 'boiler', 'Hall A'],
    ]) {
      assert.equal((await admin.post('/devices', { device_id, type, location })).status, 201);
    }
  });
  after(() => fixture.stop());
  afterEach(async () => {
    await fixture.sql(`update rules set removed_at = now(), enabled = false where removed_at is null`);
    fixture.ruleChanges.splice(0);
  });

  const create = async (rule: object): Promise<RuleView> => {
    const answer = await admin.post('/rules', rule);
    assert.equal(answer.status, 201, answer.text);
    return ruleOf(answer);
  };
  const names = async (query: string): Promise<string[]> => {
    const answer = await admin.get(`/rules?${query}`);
    assert.equal(answer.status, 200, answer.text);
    return answer.body.items.map(({ name }) => name);
  };
  const wire = async (name: string, nodeId: string): Promise<string> => {
    const ruleId = uuidOfName(nodeId);
    const definition = {
      name,
      rule_type: 'threshold' as const,
      scope: { device_id: 'pump-01' },
      conditions: { key: 'pressure', operator: '<' as const, value: 1 },
      severity: 'info' as const,
      message: '',
    };
    await fixture.database.db.transaction((tx) => registerWiredRule(tx, { ruleId, tenantId: 'default', nodeId, definition }, Date.now()));
    return ruleId;
  };

  it('exports every stored rule, and an import of it makes the same rules', async () => {
    await create({
      ...HOT,
      message: '{{value}}',
      priority: 2,
      actions: [{ type: 'webhook', url: 'https://example.com/hook', headers: { 'X-Plant': 'north' } }],
    });
    await create({ ...GAP, enabled: false, cooldown_seconds: 60 });
    await create(SILENT);
    await create({ ...MEAN, active: { timezone: 'America/Bogota', from: '22:00', to: '06:00' }, min_quality: 50, lateness_seconds: 5 });
    await wire('not exported', 'export-node');
    const before = (await admin.get('/rules?origin=stored')).body.items as unknown as RuleView[];
    const exported = await admin.get('/rules/export');
    assert.equal(exported.status, 200);
    assert.match(exported.headers.get('content-disposition') ?? '', /insa-rules\.json/);
    for (const { id } of before) await admin.send('DELETE', `/rules/${id}`);
    // Values of headers are not in the file (rule-headers.test.ts).
    const imported = await admin.post('/rules/import', exported.text.replace('********', 'north'));
    assert.equal(imported.status, 201, imported.text);
    assert.deepEqual(
      (imported.body as unknown as RuleImport).created.map(({ name }) => name),
      ['Hot', 'Gap', 'Mean', 'Silent'],
    );
    const after = (await admin.get('/rules?origin=stored')).body.items as unknown as RuleView[];
    const said = (rules: RuleView[]) => rules.map(({ id: _id, created_at: _c, updated_at: _u, ...rest }) => rest);
    assert.deepEqual(said(after), said(before));
  });

  it('imports all or nothing, and asks what to do with names that are there', async () => {
    const { id } = await create(HOT);
    const file = (rules: unknown[]) => ({ format: 'insa-rules', version: 1, rules });
    const both = file([{ ...HOT, severity: 'critical' }, GAP]);
    const refused = await admin.post('/rules/import', both);
    assert.equal(refused.status, 409);
    assert.match(refused.body.detail, /"Hot".*Nothing was imported/);
    assert.deepEqual(await names(''), ['Hot']);
    const skipped = (await admin.post('/rules/import?on_conflict=skip', both)).body as unknown as RuleImport;
    assert.deepEqual(
      [skipped.created.map(({ name }) => name), skipped.skipped.map((rule) => rule.id), skipped.replaced],
      [['Gap'], [id], []],
    );
    const replaced = (await admin.post('/rules/import?on_conflict=replace', both)).body as unknown as RuleImport;
    assert.deepEqual(
      [replaced.created, replaced.replaced, replaced.skipped.map(({ name }) => name)],
      [[], [{ id, name: 'Hot', version: 2 }], ['Gap']],
    );
    assert.equal(ruleOf(await admin.get(`/rules/${id}`)).severity, 'critical');
    await create(HOT);
    const unclear = await admin.post('/rules/import?on_conflict=replace', both);
    assert.equal(unclear.status, 409);
    assert.match(unclear.body.detail, /Several stored rules.*"Hot"/);
    const bad: [object, string[]][] = [
      [file([MEAN, { ...SILENT, scope: { device_id: 'nobody' } }]), ['rules.1.scope.device_id']],
      [file([MEAN, { ...SILENT, conditions: { ...SILENT.conditions, schedule: '61 * * * *' } }]), ['rules.1.conditions.schedule']],
      [file([MEAN, { ...SILENT, name: 'Mean' }]), ['rules.1.name']],
      [{ ...file([MEAN]), version: 2 }, ['version']],
      [{ ...file([MEAN]), colour: 'red' }, ['colour']],
    ];
    for (const [body, fields] of bad) {
      const answer = await admin.post('/rules/import', body);
      assert.deepEqual([answer.status, fieldsOf(answer)], [400, fields], answer.text);
    }
    assert.deepEqual(await names('search=Mean'), [], 'nothing is half-imported');
    assert.equal((await admin.post('/rules/import?on_conflict=perhaps', both)).status, 400);
  });
});
