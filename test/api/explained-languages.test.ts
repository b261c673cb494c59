import assert from 'node:assert/strict';
import type { AlertExplanation, RuleTest } from '../../src/contracts/explanations.ts';
import { Client, startApi } from './support.ts';
import type { ApiFixture } from './support.ts';

const HOT = {
  name: 'Hot',
  rule_type: 'threshold',
  scope: { device_id: 'pump-01' },
  conditions: { key: 'temperature', operator: '>', value: 80 },
  severity: 'warning',
};
const BOGOTA = '?timezone=America/Bogota';
const ALERT_ID = 'aaaaaaaa-0000-4000-8000-000000000001';

describe('sentences of the API', () => {
  let fixture: ApiFixture;
  let admin: Client;
  let ruleId: string;

  before(async () => {
    fixture = await startApi();
    admin = await Client.login(fixture, 'admin');
    await admin.post('/devices', { device_id: 'pump-01', name: 'Pump 1', type: 'pump' });
    ruleId = (await admin.post('/rules', HOT)).body.id;
  });
  after(() => fixture.stop());

  const ask = (method: string, path: string, { body, language }: { body?: object; language?: string } = {}) =>
    admin.send(method, path, body, language === undefined ? {} : { 'accept-language': language });

  it('of a test are in the language and the zone of who asks, and in neither unasked', async () => {
    const active = { timezone: 'UTC', days: ['tue'], from: '06:00', to: '22:00' };
    const body = { rule: { ...HOT, active }, device_id: 'pump-01', at: '2026-03-03T03:00:00Z', values: { temperature: 99.5 } };
    const hours = async (query: string, language?: string): Promise<[string | undefined, string | null]> => {
      const answer = await ask('POST', `/rules/test${query}`, language === undefined ? { body } : { body, language });
      assert.equal(answer.status, 200, answer.text);
      const { steps } = answer.body as unknown as RuleTest;
      return [steps.find(({ step }) => step === 'hours')?.text, answer.headers.get('content-language')];
    };
    const plain =
      '2026-03-03T03:00:00Z is outside the hours of the rule: tue, 06:00 to 22:00 (UTC). They begin again at 2026-03-03T06:00:00Z.';
    assert.deepEqual(await hours(''), [plain, 'en']);
    assert.deepEqual(await hours('', 'fr-FR, en;q=0.5'), [plain, 'en']);
    assert.deepEqual(await hours(BOGOTA, 'es-CO, en;q=0.5'), [
      'El 2 mar 2026, 22:00:00 (America/Bogota) está fuera de las horas de la regla: mar, de 06:00 a 22:00 (UTC). ' +
        'Empiezan de nuevo el 3 mar 2026, 1:00:00 (America/Bogota).',
      'es',
    ]);
    assert.match((await hours(BOGOTA))[0] ?? '', /^2 Mar 2026, 22:00:00 \(America\/Bogota\) is outside/);

    const values = { temperature: 99.5 };
    const stored = await ask('POST', `/rules/${ruleId}/test`, { body: { device_id: 'pump-01', values }, language: 'es' });
    const { steps } = stored.body as unknown as RuleTest;
    assert.equal(steps.find(({ step }) => step === 'comparison')?.text, 'El límite es «> 80»: 99,5 > 80. Se cumple.');
  });

  it('of an alert are so too; a zone that there is not is refused', async () => {
    await fixture.sql(
      `insert into alerts (alert_id, tenant_id, rule_id, rule_version, rule_name, device_id, key, severity, status, message, value, threshold, unit, raised_at, known_at, last_value, last_at)
       values ($1, 'default', $2, 1, 'Hot', 'pump-01', 'temperature', 'warning', 'active', 'too hot', '81.5', 80, '°C', $3, $3, '81.5', $3)`,
      [ALERT_ID, ruleId, '2026-03-03T03:00:00Z'],
    );
    const path = `/alerts/${ALERT_ID}/explanation`;
    const sentence = async (query: string, language?: string): Promise<string> => {
      const answer = await ask('GET', path + query, language === undefined ? {} : { language });
      assert.equal(answer.status, 200, answer.text);
      return (answer.body as unknown as AlertExplanation).sentence;
    };
    const asked = 'the rule asks for "temperature" > 80.';
    assert.equal(await sentence(''), `At 2026-03-03T03:00:00Z "temperature" of "pump-01" was 81.5 °C; ${asked}`);
    assert.equal(await sentence(BOGOTA), `At 2 Mar 2026, 22:00:00 "temperature" of "pump-01" was 81.5 °C; ${asked}`);
    assert.equal(
      await sentence(BOGOTA, 'es'),
      'El 2 mar 2026, 22:00:00 «temperature» de «pump-01» era 81,5 °C; la regla pide «temperature» > 80.',
    );
    for (const zone of ['Mars', '%2B02:00', '']) {
      const refused = await ask('GET', `${path}?timezone=${zone}`);
      assert.deepEqual([refused.status, refused.body.errors[0]?.field], [400, 'timezone'], refused.text);
    }
  });
});
