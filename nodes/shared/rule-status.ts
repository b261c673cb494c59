import type { NodeStatus } from 'node-red';
import type { RuleSession } from '../../src/engine/types.ts';

/** What stands under a rule node: how many devices are in alert, and the last value judged. */
export function ruleStatus(summary: ReturnType<RuleSession['summary']>, unit: string): NodeStatus {
  const { activeDevices, lastValue } = summary;
  if (lastValue === null && activeDevices === 0) return { fill: 'grey', shape: 'ring', text: 'no value yet' };
  const value = lastValue === null ? '' : `${shown(lastValue)}${unit === '' ? '' : ` ${unit}`}`;
  if (activeDevices === 0) return { fill: 'green', shape: 'dot', text: `ok ${value}` };
  return { fill: 'red', shape: 'dot', text: `${String(activeDevices)} in alert ${value}` };
}

function shown(value: number | boolean | string): string {
  return typeof value === 'number' ? String(Number(value.toPrecision(5))) : String(value);
}
