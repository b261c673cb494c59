import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import Mocha from 'mocha';
import { RESULTS_FILE, type TestResults } from './results.ts';

/** Mocha's list of tests, which also leaves the totals in a file for scripts that count them. */
export default class Reporter extends Mocha.reporters.Spec {
  override epilogue(): void {
    super.epilogue();
    const { passes, failures, pending } = this.stats;
    const results: TestResults = { passed: passes, failed: failures, pending };
    mkdirSync(dirname(RESULTS_FILE), { recursive: true });
    writeFileSync(RESULTS_FILE, `${JSON.stringify(results)}\n`);
  }
}
