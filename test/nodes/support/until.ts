import { setTimeout as pause } from 'node:timers/promises';
import { PATIENCE_MS } from '../../support/patience.ts';

const STEP_MS = 10;

/** Waits until `condition` holds; fails naming what was waited for when it does not within `PATIENCE_MS`. */
export async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const startedAtMs = Date.now();
  while (!(await condition())) {
    if (Date.now() - startedAtMs > PATIENCE_MS) throw new Error(`Waited in vain for ${what}.`);
    await pause(STEP_MS);
  }
}
