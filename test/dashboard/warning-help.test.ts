import assert from 'node:assert/strict';
import { helpFor } from '../../dashboards/operator/src/live/warning-help.ts';
import { flowWarnings } from '../../src/app/flow-warnings.ts';

describe('what helps against a warning', () => {
  it('is the editor for each warning about flows, whatever names nodes have', () => {
    const tab = { id: 't', type: 'tab', label: 'Plant (/login)' };
    const node = (id: string, type: string, name: string, to: string[] = []) => ({ id, type, name, z: 't', wires: [to] });
    const flows = [
      [],
      [tab, node('a', 'iiot-mqtt-broker', '(/admin)'), node('b', 'iiot-mqtt-broker', 'b'), node('c', 'iiot-http-telemetry', 'c')],
      [tab, node('a', 'iiot-ingest', 'a', ['b']), node('b', 'iiot-threshold-rule', 'Hot (/rules)')],
      [tab, node('a', 'iiot-stored-rules', '(/)'), node('b', 'iiot-stored-rules', 'b'), node('c', 'iiot-ingest', 'c')],
    ];
    const told = flows.flatMap((nodes) => [0, 1, 7].flatMap((rules) => flowWarnings(nodes, rules)));
    assert.ok(told.length > 10, told.join('\n'));
    for (const text of told) assert.deepEqual(helpFor(text), { in: 'editor' }, text);
  });

  it('is the page that it names, and nothing where no page helps', () => {
    const failed =
      '3 notifications failed in the last 24 hours, the last by the channel "email" at 2026-01-31T06:30:00.000Z; see Administration, Notifications (/administration/notifications?status=failed)';
    assert.deepEqual(helpFor(failed), { in: 'page', path: '/administration/notifications?status=failed' });
    assert.equal(
      helpFor('The database user may not create roles: tenants are kept apart by queries alone. Grant CREATEROLE and restart.'),
      undefined,
    );
    assert.equal(helpFor('Look there (//evil.example/a)'), undefined);
  });
});
