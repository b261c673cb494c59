import assert from 'node:assert/strict';
import type { RuleView } from '../../src/contracts/stored-rules.ts';
import { RuleActions } from '../../src/rulebook/rule-actions.ts';
import { HOT } from './rule-samples.ts';
import { Client, startApi } from './support.ts';
import type { ApiFixture } from './support.ts';

const SECRET = 'tops3cret-of-the-desk';
const URLS = {
  webhook: `https://desk.example.com/hook?line=2&token=${SECRET}`,
  n8n: `https://n8n.example.com/webhook/x?api_key=${SECRET}&sig=${SECRET}`,
};
const SHOWN = ['https://desk.example.com/hook?line=2&token=***', 'https://n8n.example.com/webhook/x?api_key=***&sig=***'];

/** Some services have their token in the address. */
describe('secrets in the URLs of actions', () => {
  let fixture: ApiFixture;
  let admin: Client;

  before(async () => {
    fixture = await startApi();
    admin = await Client.login(fixture, 'admin');
    await admin.post('/devices', { device_id: 'pump-01' });
  });
  after(() => fixture.stop());

  const urlsIn = (actions: readonly object[]) => actions.map((action) => ('url' in action ? action.url : undefined));

  async function sentTo(rule: RuleView): Promise<unknown[]> {
    const actions = new RuleActions(fixture.database.db, fixture.webhooks.secrets);
    const { actions: read } = await actions.of({ tenantId: 'default', ruleId: rule.id, version: rule.version });
    return urlsIn(read.map(({ action }) => action));
  }

  it('are not shown with the rule, stay when it comes back as it was shown, and reach the sender', async () => {
    const made = await admin.post('/rules', { ...HOT, actions: Object.entries(URLS).map(([type, url]) => ({ type, url })) });
    assert.equal(made.status, 201, made.text);
    const rule = made.body as unknown as RuleView;
    assert.deepEqual(urlsIn(rule.actions), SHOWN);
    for (const path of ['/rules', `/rules/${rule.id}`, `/rules/${rule.id}/versions/1`, '/rules/export', '/audit?action=rules.create'])
      assert.ok(!(await admin.get(path)).text.includes(SECRET), path);
    assert.deepEqual(await sentTo(rule), Object.values(URLS));
    const edited = await admin.send('PATCH', `/rules/${rule.id}`, { name: 'Very hot', actions: rule.actions });
    assert.equal(edited.status, 200, edited.text);
    assert.deepEqual(await sentTo(edited.body as unknown as RuleView), Object.values(URLS));
    const elsewhere = await admin.send('PATCH', `/rules/${rule.id}`, {
      actions: [{ type: 'webhook', url: 'https://evil.example.com/hook?line=2&token=***' }],
    });
    assert.equal(elsewhere.status, 400, elsewhere.text);
    assert.match(elsewhere.text, /enter the whole URL/);
  });

  it('are not in the ledger', async () => {
    await fixture.sql(
      `insert into notifications (notification_id, tenant_id, dedup_key, event, channel, recipient, content)
       values (gen_random_uuid(), 'default', 'a', 'raised', 'webhook', $1, '{}')`,
      [URLS.webhook],
    );
    const { body, text } = await admin.get('/notifications');
    assert.ok(!text.includes(SECRET), text);
    const [line] = body.items as unknown as { id: string; recipient: string }[];
    assert.equal(line?.recipient, SHOWN[0]);
    assert.ok(!(await admin.get(`/notifications/${String(line?.id)}`)).text.includes(SECRET));
  });
});
