/** Where a test run leaves its totals, relative to the root. */
export const RESULTS_FILE = 'coverage/test-results.json';

/** The totals of a test run; a failed hook counts as one failed test. */
export interface TestResults {
  passed: number;
  failed: number;
  pending: number;
}
