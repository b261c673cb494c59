import { lookup } from 'node:dns/promises';
import { BoundedWork } from '../../../auth/bounded-work.ts';
import type { Resolver } from './guarded-fetch.ts';

/** The system's resolver holds a thread of four until DNS answers: a dead name must not take them all. */
const AT_ONCE = 3;
const WAITING = 1_000;

/** Resolves as the machine does, its file of hosts included. Whoever asks for a name that is being asked for gets the same answer. */
export function createSystemResolver(): Resolver {
  const work = new BoundedWork({ atOnce: AT_ONCE, waiting: WAITING, what: 'names to resolve' });
  const asked = new Map<string, Promise<readonly string[]>>();
  const ask = async (hostname: string) =>
    (await work.run(() => lookup(hostname, { all: true, order: 'verbatim' }))).map(({ address }) => address);
  return (hostname) => {
    const known = asked.get(hostname);
    if (known !== undefined) return known;
    const answer = ask(hostname).finally(() => asked.delete(hostname));
    asked.set(hostname, answer);
    return answer;
  };
}
