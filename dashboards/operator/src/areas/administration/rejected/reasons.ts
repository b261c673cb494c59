import type { RejectReason } from '../../../../../../src/contracts/telemetry.ts';

/** Why messages are refused, in the order of the filter; a missing or unknown one does not compile. */
const ORDER: Readonly<Record<RejectReason, true>> = {
  malformed_json: true,
  empty_message: true,
  too_large: true,
  too_deep: true,
  too_many_keys: true,
  too_many_points: true,
  too_many_series: true,
  invalid_device_id: true,
  unknown_device: true,
  untrusted_source: true,
  forbidden: true,
  invalid_key: true,
  invalid_value: true,
  nested_value: true,
  value_out_of_range: true,
  text_too_long: true,
  kind_mismatch: true,
  invalid_unit: true,
  unit_mismatch: true,
  invalid_quality: true,
  invalid_timestamp: true,
  timestamp_in_future: true,
  timestamp_too_old: true,
  conflict: true,
  not_settled: true,
  database_refused: true,
  invalid_response: true,
  unknown_command: true,
};

/** Every reason. */
export const REASONS = Object.keys(ORDER) as readonly RejectReason[];
