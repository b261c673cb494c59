/** A limit on one device. */
export const HOT = {
  name: 'Hot',
  rule_type: 'threshold',
  device_id: 'pump-01',
  conditions: { key: 'temperature', operator: '>', value: 80, clear_value: 75 },
  severity: 'warning',
};
/** A quantity of every device against that of one. */
export const GAP = {
  name: 'Gap',
  rule_type: 'comparison',
  conditions: { left: { key: 'temperature' }, operator: '>', right: { device_id: 'pump-02', key: 'temperature' } },
  severity: 'info',
};
/** A device that is not heard for ten minutes. */
export const SILENT = {
  name: 'Silent',
  rule_type: 'schedule',
  conditions: { schedule: '0 6 * * *', timezone: 'UTC', check: 'no_data', key: 'temperature', seconds: 600 },
  severity: 'critical',
};
/** An average of the pumps of one hall. */
export const MEAN = {
  name: 'Mean',
  rule_type: 'statistical',
  scope: { device_type: 'pump', location: 'Hall A' },
  conditions: { key: 'temperature', function: 'avg', window: '5m', operator: '>', value: 80 },
  severity: 'warning',
};
