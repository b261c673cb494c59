import assert from 'node:assert/strict';
import { Client, startApi } from './support.ts';
import type { Answer, ApiFixture } from './support.ts';

const threshold = (conditions: object, more: object = {}) => ({
  name: 'Bad',
  rule_type: 'threshold',
  conditions: { key: 'temperature', operator: '>', value: 80, ...conditions },
  severity: 'warning',
  ...more,
});
const comparison = (conditions: object, more: object = {}) => ({
  name: 'Bad',
  rule_type: 'comparison',
  conditions: { left: { key: 'temperature' }, operator: '>', right: { key: 'setpoint' }, ...conditions },
  severity: 'warning',
  ...more,
});
const schedule = (conditions: object) => ({
  name: 'Bad',
  rule_type: 'schedule',
  conditions: { schedule: '0 6 * * *', timezone: 'UTC', check: 'always', ...conditions },
  severity: 'warning',
});
const statistical = (conditions: object) => ({
  name: 'Bad',
  rule_type: 'statistical',
  conditions: { key: 'temperature', function: 'avg', window: '5m', operator: '>', value: 80, ...conditions },
  severity: 'warning',
});

/** What is sent, the fields that are named, and what is said of the first. */
const CASES: [string, unknown, string[], RegExp][] = [
  [
    'an unknown type',
    { ...threshold({}), rule_type: 'regex' },
    ['rule_type'],
    /"rule_type" is "regex"; send one of "threshold", "comparison", "schedule", "statistical"\./,
  ],
  ['no type', { name: 'x' }, ['rule_type'], /"rule_type" is missing; send one of "threshold"/],
  ['no rule', [], ['body'], /a list; send an object/],
  ['an unknown field', threshold({}, { colour: 'red' }), ['colour'], /"colour" is not known here; remove it or correct its name/],
  ['an unknown condition', threshold({ windows: '5m' }), ['conditions.windows'], /not known here/],
  [
    'the conditions of another type',
    threshold({ window: '5m', function: 'avg' }),
    ['conditions.window', 'conditions.function'],
    /not known here/,
  ],
  ['an unknown field of the scope', threshold({}, { scope: { type: 'pump' } }), ['scope.type'], /not known here/],
  [
    'an unknown field of a side',
    comparison({ right: { key: 'setpoint', device: 'pump-02' } }),
    ['conditions.right.device'],
    /not known here/,
  ],
  ['an unknown field of the hours', threshold({}, { active: { timezone: 'UTC', until: '06:00' } }), ['active.until'], /not known here/],
  ['a blank device', threshold({}, { scope: { device_id: '' } }), ['scope.device_id'], /at least 1 character\./],
  ['device and scope', threshold({}, { device_id: 'pump-01', scope: {} }), ['scope'], /not both/],
  ['device and type', threshold({}, { scope: { device_id: 'pump-01', device_type: 'pump' } }), ['scope.device_id'], /not both/],
  ['no value', threshold({ value: undefined }), ['conditions.value'], /is missing; send a number/],
  ['an unknown operator', threshold({ operator: '=~' }), ['conditions.operator'], /send one of ">", "<"/],
  [
    'a clear value on the wrong side',
    threshold({ clear_value: 85 }),
    ['conditions.clear_value'],
    /85 is above the limit 80; with ">" it must be at or below it/,
  ],
  ['a clear value without a meaning', threshold({ operator: '==', clear_value: 1 }), ['conditions.clear_value'], /leave it blank/],
  [
    'a clear offset on the wrong side',
    comparison({ offset: 5, clear_offset: 6 }),
    ['conditions.clear_offset'],
    /clear offset 6 is above the offset 5/,
  ],
  ['both sides the same', comparison({ right: { key: 'temperature' } }), ['conditions.right'], /always equal to itself/],
  [
    'both sides the same, the device named on the left alone',
    comparison({ left: { key: 'temperature', device_id: 'pump-01' }, right: { key: 'temperature' } }),
    ['conditions.right'],
    /always equal to itself/,
  ],
  [
    'both sides the same, the device named by the scope and on the right',
    comparison({ right: { key: 'temperature', device_id: 'pump-01' } }, { device_id: 'pump-01' }),
    ['conditions.right'],
    /always equal to itself/,
  ],
  [
    'another device on the left',
    comparison({ left: { key: 'a', device_id: 'pump-02' } }, { device_id: 'pump-01' }),
    ['conditions.left.device_id'],
    /judges the device of its left side/,
  ],
  ['a tolerance of zero', comparison({ tolerance_seconds: 0 }), ['conditions.tolerance_seconds'], /0/],
  ['a duration of a year', threshold({ duration_seconds: 86_400 * 365 }), ['conditions.duration_seconds'], /at most 2678400/],
  ['a cron that is none', schedule({ schedule: 'every day' }), ['conditions.schedule'], /not a cron expression; enter five fields/],
  ['a cron that is never due', schedule({ schedule: '0 0 30 2 *' }), ['conditions.schedule'], /never due; enter five fields/],
  ['a date instead of a cron', schedule({ schedule: '2025-12-01T00:00:00' }), ['conditions.schedule'], /not a cron expression/],
  ['a cron of six fields', schedule({ schedule: '0 0 6 * * *' }), ['conditions.schedule'], /enter five fields/],
  ['an unknown time zone', schedule({ timezone: 'Mars/Base' }), ['conditions.timezone'], /IANA name/],
  ['a check that lacks its seconds', schedule({ check: 'no_data', key: 'temperature' }), ['conditions.seconds'], /needs the seconds/],
  ['a check that lacks its key', schedule({ check: 'no_data', seconds: 5 }), ['conditions.key'], /needs the key/],
  ['a window of zero', statistical({ window: 0 }), ['conditions.window'], /not a time above zero/],
  ['a window of zero as text', statistical({ window: '0s' }), ['conditions.window'], /not a time above zero/],
  ['a window that holds nothing', statistical({ window: '0.0000001s' }), ['conditions.window'], /not a time above zero/],
  ['a window of a year', statistical({ window: '365d' }), ['conditions.window'], /longer than seven days; enter at most "7d"/],
  ['a window of another kind', statistical({ window: true }), ['conditions.window'], /is true; send a number or a string/],
  ['an unknown function', statistical({ function: 'mode' }), ['conditions.function'], /send one of "avg", "min"/],
  ['too few samples', statistical({ function: 'stddev', min_samples: 1 }), ['conditions.min_samples'], /at least 2 readings/],
  ['code in the message', threshold({}, { message: "{{constructor.constructor('return process')()}}" }), ['message'], /values only/],
  ['a helper in the message', threshold({}, { message: '{{#if value}}x{{/if}}' }), ['message'], /no field/],
  ['a regex of doom in the message', threshold({}, { message: '{{value.match(/^(a+)+$/)}}' }), ['message'], /values only/],
  ['half a field', threshold({}, { message: '{{value' }), ['message'], /do not pair up/],
  [
    'hours that are none',
    threshold({}, { active: { timezone: 'UTC', from: '6' } }),
    ['active.from', 'active.from'],
    /hours and minutes such as "06:00"/,
  ],
  ['empty hours', threshold({}, { active: { timezone: 'UTC', from: '06:00', to: '06:00' } }), ['active.to'], /empty/],
  ['half a quality', threshold({}, { min_quality: 50.5 }), ['min_quality'], /send a whole number/],
  ['a priority beyond the last', threshold({}, { priority: 11 }), ['priority'], /it may be at most 10\./],
  ['an e-mail without recipients', threshold({}, { actions: [{ type: 'email' }] }), ['actions.0.recipients'], /is missing/],
  [
    'an e-mail to nobody',
    threshold({}, { actions: [{ type: 'email', recipients: [] }] }),
    ['actions.0.recipients'],
    /at least one address/,
  ],
  ['a webhook to a file', threshold({}, { actions: [{ type: 'webhook', url: 'file:///etc/passwd' }] }), ['actions.0.url'], /https:\/\//],
  ['an unknown action', threshold({}, { actions: [{ type: 'shell' }] }), ['actions.0.type'], /send one of "email"/],
  ['a report, which is no action', threshold({}, { actions: [{ type: 'report' }] }), ['actions.0.type'], /send one of "email"/],
  [
    'a second line in a subject',
    threshold({}, { actions: [{ type: 'email', recipients: ['ops@example.com'], subject: 'a\r\nBcc: b@example.com' }] }),
    ['actions.0.subject'],
    /line break/,
  ],
  [
    'an unknown field in a text',
    threshold({}, { actions: [{ type: 'email', recipients: ['ops@example.com'], text: '{{vlaue}}' }] }),
    ['actions.0.text'],
    /\{\{vlaue\}\}, which is no field.*\{\{value\}\}/,
  ],
  [
    'a login in a URL',
    threshold({}, { actions: [{ type: 'webhook', url: 'https://user:secret@example.com/' }] }),
    ['actions.0.url'],
    /user name or password/,
  ],
  [
    'a field that no webhook has',
    threshold({}, { actions: [{ type: 'webhook', url: 'https://example.com/', retries: 3 }] }),
    ['actions.0.retries'],
    /retries/,
  ],
  [
    "a topic of the platform's own",
    threshold({}, { actions: [{ type: 'mqtt', topic: 'insa/alerts/info' }] }),
    ['actions.0.topic'],
    /platform's own/,
  ],
  ['a script with a path', threshold({}, { actions: [{ type: 'script', program: '../x.sh' }] }), ['actions.0.program'], /without a path/],
  ['no name', threshold({}, { name: '' }), ['name'], /at least 1/],
  [
    'a device that does not exist',
    threshold({}, { device_id: 'nobody' }),
    ['device_id'],
    /The device "nobody" is not registered; choose one of the registered devices or create it first\./,
  ],
  ['the same in the scope', threshold({}, { scope: { device_id: 'nobody' } }), ['scope.device_id'], /not registered/],
  [
    'the same on both sides',
    comparison({ left: { device_id: 'nobody', key: 'a' }, right: { device_id: 'no one', key: 'a' } }),
    ['conditions.left.device_id', 'conditions.right.device_id'],
    /"nobody" is not registered.*\(and 1 more\)/,
  ],
];

describe('bad rules over the API', () => {
  let fixture: ApiFixture;
  let admin: Client;
  let id: string;

  before(async () => {
    fixture = await startApi();
    admin = await Client.login(fixture, 'admin');
    for (const device_id of ['pump-01', 'pump-02']) await admin.post('/devices', { device_id });
    id = (await admin.post('/rules', threshold({}, { name: 'Good' }))).body.id;
  });
  after(() => fixture.stop());

  const expectRefusal = (answer: Answer, fields: string[], words: RegExp) => {
    assert.equal(answer.status, 400, answer.text);
    assert.equal(answer.body.code, 'INVALID_REQUEST');
    assert.deepEqual(
      answer.body.errors.map(({ field }) => field),
      fields,
    );
    assert.match(answer.body.detail, words);
  };

  for (const [what, rule, fields, words] of CASES) {
    it(`refuses ${what} by ${fields.join(' and ')}, wherever it is sent`, async () => {
      expectRefusal(await admin.post('/rules', rule), fields, words);
      expectRefusal(await admin.send('PUT', `/rules/${id}`, rule), fields, words);
      if (Array.isArray(rule)) return;
      const placed = (prefix: string) => fields.map((field) => prefix + field);
      const inFile = await admin.post('/rules/import', {
        format: 'insa-rules',
        version: 1,
        rules: [threshold({}, { name: 'Fine' }), rule],
      });
      assert.deepEqual([inFile.status, inFile.body.errors.map(({ field }) => field)], [400, placed('rules.1.')], inFile.text);
      const tried = await admin.post('/rules/test', { rule });
      assert.deepEqual([tried.status, tried.body.errors.map(({ field }) => field)], [400, placed('rule.')], tried.text);
    });
  }

  it('saves nothing of it', async () => {
    const rows = await fixture.sql(
      `select r.version, count(v.*)::int as versions from rules r join rule_versions v using (rule_id) group by r.rule_id, r.version`,
    );
    assert.deepEqual(rows, [{ version: 1, versions: 1 }]);
    assert.equal(fixture.ruleChanges.length, 1);
  });
});
