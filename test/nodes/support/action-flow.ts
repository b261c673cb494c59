import assert from 'node:assert/strict';
import type { AlertContent, NewNotification } from '../../../src/notify/types.ts';
import type { FlowPlatform } from './flow-platform.ts';
import { node } from './runtime.ts';

/** A rule with its alert node, and the given node behind outputs 1 and 2; what that passes on is at `passed`. */
export function actionFlow(type: string, fields: object = {}): object[] {
  const rule = { key: 'temperature', operator: '>', value: 80, clearValue: 75, severity: 'critical', message: '{{value}} is too hot' };
  return [
    node('mqtt', 'iiot-mqtt-broker', [['in']]),
    node('in', 'iiot-ingest', [['rule'], []], { trustTopicDevice: false }),
    node('rule', 'iiot-threshold-rule', [['alert'], ['alert']], rule),
    node('alert', 'iiot-alert', [['act'], ['act'], []]),
    node('act', type, [['passed']], fields),
    node('passed', 'helper', []),
  ];
}

/** What was queued and its content. */
export function queuedOf(platform: FlowPlatform): (NewNotification & { id: string; content: AlertContent })[] {
  return platform.queued.list.map((each) => {
    assert.ok('action' in each.content && 'alert' in each.content && 'device' in each.content);
    return { ...each, content: each.content as AlertContent };
  });
}
