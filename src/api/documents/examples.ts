const RULE = {
  name: 'High temperature',
  rule_type: 'threshold',
  scope: { device_type: 'pump' },
  conditions: { key: 'temperature', operator: '>', value: 80, clear_value: 75, duration_seconds: 60 },
  severity: 'warning',
  message: '{{device.name}}: {{value}} {{unit}}',
};
const WEEK = { start: '2026-01-24T00:00:00Z', end: '2026-01-31T00:00:00Z' };

/** An example of the body that a route takes, by `POST /devices`. Tests hold each against the schema of its route. */
export const BODY_EXAMPLES: Readonly<Record<string, unknown>> = {
  'POST /auth/login': { username: 'ana', password: 'a long pass phrase' },
  'POST /auth/refresh': { refresh_token: 'pJ3m2b8Xn0kS5vR7yT9wQ1zL4cF6hD0gE2aU8iO5xK0' },
  'PUT /auth/password': { current_password: 'a long pass phrase', new_password: 'another long pass phrase' },
  'POST /devices': { device_id: 'pump-01', name: 'Feed pump', type: 'pump', location: 'Hall A', metadata: { serial: 'P-4711' } },
  'PUT /devices/{device_id}': { name: 'Feed pump', type: 'pump', location: 'Hall A' },
  'PATCH /devices/{device_id}': { location: 'Hall B' },
  'POST /devices/{device_id}/credentials': { name: 'first key' },
  'POST /api-keys': { name: 'weekly report', kind: 'program', permissions: ['devices:read', 'telemetry:read'] },
  'POST /telemetry': {
    device_id: 'pump-01',
    timestamp: '2026-01-31T06:30:00Z',
    data: { temperature: 28.5, pressure: { value: 2.1, unit: 'bar' } },
  },
  'POST /rules': RULE,
  'PUT /rules/{id}': { ...RULE, severity: 'critical' },
  'PATCH /rules/{id}': { conditions: { value: 85 }, priority: 3 },
  'PATCH /rules/{id}/toggle': { enabled: false },
  'POST /rules/test': { rule: RULE, device_id: 'pump-01' },
  'POST /rules/{id}/test': { device_id: 'pump-01' },
  'POST /rules/backtest': { ...WEEK, rule: RULE },
  'POST /rules/{id}/backtest': WEEK,
  'POST /webhooks': { url: 'https://hooks.example.com/insa', name: 'Maintenance desk' },
  'POST /webhooks/{id}/rotate': { overlap_seconds: 3_600 },
  'PATCH /webhooks/{id}': { enabled: true },
  'POST /notifications/test/webhook': { url: 'https://hooks.example.com/insa' },
  'POST /alerts/{id}/acknowledge': { note: 'On my way' },
  'POST /alerts/{id}/resolve': { note: 'Filter changed' },
};
