import type { NodeStatus } from 'node-red';
import type { RuleSession } from '../../src/engine/types.ts';

/**
 * What stands under a rule node. A rule for one device shows the last value; one for many shows how many are in alert, because the last
 * value is mostly another device's.
 */
export function ruleStatus(summary: ReturnType<RuleSession['summary']>, rule: { deviceId: string; unit: string }): NodeStatus {
  const { activeDevices, lastValue } = summary;
  if (lastValue === null && activeDevices === 0) return { fill: 'grey', shape: 'ring', text: 'no value yet' };
  const value = lastValue === null ? '' : `${shown(lastValue)} ${rule.unit}`.trim();
  if (activeDevices === 0) return { fill: 'green', shape: 'dot', text: `ok ${value}` };
  return { fill: 'red', shape: 'dot', text: rule.deviceId === '' ? `${String(activeDevices)} in alert` : `alert ${value}` };
}

function shown(value: number | boolean | string): string {
  return typeof value === 'number' ? String(Number(value.toPrecision(5))) : String(value);
}
