import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { VARIABLES } from './config.ts';

/** A name in `.env` that the platform does not read, and the one that was probably meant. */
export interface StrayVariable {
  name: string;
  nearest: string;
}

/** Letters that may differ before a name is no slip of the pen any more. */
const SLIP = 2;

/**
 * Names in `.env` that look like one of ours and are none, so that what was meant is not in effect. The environment itself is full of names
 * that are nobody's business; the file is ours. Without a file that can be read: none.
 */
export function strayVariables(envFile = '.env'): StrayVariable[] {
  return namesIn(path.resolve(envFile)).flatMap((name) => {
    if ((VARIABLES as readonly string[]).includes(name)) return [];
    const [nearest] = VARIABLES.map((known) => ({ known, distance: distanceOf(name.toUpperCase(), known) })).sort(
      (one, other) => one.distance - other.distance,
    );
    if (nearest === undefined) return [];
    return nearest.distance <= SLIP || hasOurPrefix(name) ? [{ name, nearest: nearest.known }] : [];
  });
}

/** One sentence for the log, or undefined when there is nothing to say. */
export function strayWarning(strays: readonly StrayVariable[]): string | undefined {
  if (strays.length === 0) return undefined;
  const list = strays.map(({ name, nearest }) => `${name} (is ${nearest} meant?)`).join(', ');
  return `.env names what the platform does not read, so it has no effect: ${list}. .env.example has every name.`;
}

function namesIn(file: string): string[] {
  try {
    return Object.keys(parseEnv(readFileSync(file, 'utf8')));
  } catch {
    // Missing, or `loadConfig` has told already why it cannot be read.
    return [];
  }
}

/** Whether a name begins with the first word of one of ours, such as MQTT_ or TLS_. */
function hasOurPrefix(name: string): boolean {
  const [word = ''] = name.toUpperCase().split('_', 1);
  return name.includes('_') && VARIABLES.some((known) => known.startsWith(`${word}_`));
}

/** How many letters must be put in, taken out or changed to make one text of the other (Levenshtein); a name that was cut off counts as one. */
function distanceOf(one: string, other: string): number {
  if (other.startsWith(`${one}_`)) return 1;
  let row = Array.from({ length: other.length + 1 }, (_, i) => i);
  for (let i = 0; i < one.length; i += 1) {
    const next = [i + 1];
    for (let j = 0; j < other.length; j += 1) {
      const changed = (row[j] ?? 0) + (one[i] === other[j] ? 0 : 1);
      next.push(Math.min(changed, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row[other.length] ?? 0;
}
