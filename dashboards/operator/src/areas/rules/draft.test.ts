import assert from 'node:assert/strict';
import type { RuleInput } from '../../../../../src/contracts/stored-rules.ts';
import { draftOf, emptyDraft } from './draft.ts';
import type { KeptRule } from './draft.ts';
import { ruleOf } from './rule-of.ts';

const KEPT: Omit<KeptRule, 'rule_type' | 'conditions'> = {
  name: 'Hot',
  scope: {},
  severity: 'warning',
  message: '',
  actions: [],
  active: null,
  cooldown_seconds: 0,
  min_quality: 0,
  lateness_seconds: 60,
  priority: 5,
  enabled: true,
};
const SENT = { name: 'Hot', severity: 'warning', priority: 5, enabled: true } as const;

const problemsOf = (draft: ReturnType<typeof emptyDraft>) => {
  const composed = ruleOf(draft);
  return composed.ok ? {} : composed.problems;
};
const back = (rule: KeptRule): RuleInput => {
  const composed = ruleOf(draftOf(rule, 'UTC'));
  assert.ok(composed.ok, JSON.stringify(composed));
  return composed.rule;
};

describe('the form of a rule', () => {
  it('sends a kept rule of each type back as it is, without what is only a default', () => {
    const cases: (Pick<KeptRule, 'rule_type' | 'conditions'> & object)[] = [
      { rule_type: 'threshold', conditions: { key: 't', operator: '>', value: 80, clear_value: -75.5, duration_seconds: 90 } },
      { rule_type: 'threshold', conditions: { key: 't', operator: '!=', value: 0 } },
      {
        rule_type: 'statistical',
        conditions: { key: 't', function: 'p95', window: '5m', operator: '<', value: 1e-9, clear_value: 1, min_samples: 3 },
      },
      {
        rule_type: 'comparison',
        conditions: {
          left: { key: 'a', device_id: 'd' },
          operator: '<=',
          right: { key: 'b' },
          offset: 0,
          clear_offset: 2,
          duration_seconds: 60,
          tolerance_seconds: 120,
        },
      },
      { rule_type: 'schedule', conditions: { schedule: '0 6 * * *', timezone: 'Europe/Berlin', check: 'no_data', key: 'k', seconds: 0.5 } },
      { rule_type: 'schedule', conditions: { schedule: '0 6 * * *', timezone: 'UTC', check: 'device_offline', offline_seconds: 0 } },
      { rule_type: 'schedule', conditions: { schedule: '0 6 * * *', timezone: 'UTC', check: 'always' } },
    ];
    for (const each of cases) assert.deepEqual(back({ ...KEPT, ...each }), { ...SENT, ...each });
  });

  it('keeps everything else too: scope, hours, options and message', () => {
    const threshold = { rule_type: 'threshold', conditions: { key: 't', operator: '>', value: 1 } } as const;
    const rest = {
      message: '{{value}}',
      cooldown_seconds: 300,
      min_quality: 50,
      lateness_seconds: 0,
      priority: 1,
      enabled: false,
      active: { timezone: 'America/Bogota', days: ['mon', 'sun'] as ('mon' | 'sun')[], from: '22:00', to: '06:00' },
      scope: { device_type: 'pump', location: 'Hall A' },
    };
    assert.deepEqual(back({ ...KEPT, ...threshold, ...rest }), { ...SENT, ...threshold, ...rest });
    assert.deepEqual(back({ ...KEPT, ...threshold, scope: { device_id: 'p' } }).scope, { device_id: 'p' });
  });

  it('sends every type of action back as it is stored, masked headers and types that nobody knows included', () => {
    const actions: KeptRule['actions'] = [
      { type: 'email', recipients: ['a@example.com', 'b@example.com'], subject: 's', text: 't', timezone: 'UTC', on: ['raised'] },
      { type: 'webhook', url: 'https://example.com/x', headers: { Authorization: '********', 'X-A': 'b' } },
      { type: 'mqtt', topic: 'plant/a', payload: 'p', qos: 2, retain: true, on: ['resolved'] },
      { type: 'mqtt', topic: 'plant/b' },
      { type: 'command', command: 'stop', device_id: 'd', params: { rpm: '{{value}}', deep: { a: [1] } }, timeout_seconds: 20 },
      { type: 'n8n', url: 'https://example.com/y', header: { name: 'X-Key', value: '********' } },
      { type: 'flow', entry: 'pumps' },
      { type: 'script', program: 'pager.sh', args: ['--line', '2'] },
      { type: 'report', days: 7 },
    ];
    const kept = { ...KEPT, rule_type: 'threshold', conditions: { key: 't', operator: '>', value: 1 }, actions } as const;
    assert.deepEqual(back(kept).actions, actions);
  });

  it('names the fields that cannot be sent', () => {
    const blank = emptyDraft('UTC');
    assert.deepEqual(problemsOf(blank), { name: 'required', 'conditions.key': 'required', 'conditions.value': 'required' });
    const whole = { ...blank, name: 'n', key: 'k', value: '1' };
    assert.deepEqual(problemsOf(whole), {});
    assert.deepEqual(problemsOf({ ...whole, value: 'hot', duration: 'long', clearValue: 'x', scopeKind: 'device', priority: 'first' }), {
      'conditions.value': 'number',
      'conditions.duration_seconds': 'duration',
      'conditions.clear_value': 'number',
      'scope.device_id': 'required',
      priority: 'number',
    });
    assert.deepEqual(problemsOf({ ...whole, scopeKind: 'group' }), { 'scope.device_type': 'required' });
  });

  it('takes a decimal comma and a duration of zero as none', () => {
    const composed = ruleOf({ ...emptyDraft('UTC'), name: 'n', key: 'k', value: '4,5', duration: '0' });
    assert.ok(composed.ok);
    assert.deepEqual(composed.rule.conditions, { key: 'k', operator: '>', value: 4.5 });
  });

  it('sends what is wrong with an action by the place of its field', () => {
    const kept = { ...KEPT, rule_type: 'threshold', conditions: { key: 't', operator: '>', value: 1 } } as const;
    const draft = draftOf(
      {
        ...kept,
        actions: [
          { type: 'flow', entry: 'x' },
          { type: 'command', command: 'go' },
        ],
      },
      'UTC',
    );
    const [flow, command] = draft.actions;
    assert.ok(flow !== undefined && command !== undefined);
    assert.deepEqual(problemsOf({ ...draft, actions: [flow, { ...command, params: '[1', timeout: 'x' }] }), {
      'actions.1.params': 'json',
      'actions.1.timeout_seconds': 'number',
    });
  });
});
