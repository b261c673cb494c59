/** How many seconds a wall screen shows each dashboard unless the address says otherwise. */
export const DEFAULT_SECONDS = 20;
/** The fewest that the address may say. */
export const FEWEST_SECONDS = 5;
/** The most that the address may say. */
export const MOST_SECONDS = 3_600;
const MOST_BOARDS = 50;
const ID = /^[0-9a-f-]{36}$/i;

type QueryValue = string | null | undefined | readonly (string | null)[];

/** Which dashboards the address names, each once, in its order; what is no id is left out. */
export function idsOf(query: QueryValue): string[] {
  return [...new Set(textOf(query).split(','))].filter((id) => ID.test(id)).slice(0, MOST_BOARDS);
}

/** How many seconds the address says, within what is allowed. */
export function secondsOf(query: QueryValue): number {
  const seconds = Number(textOf(query));
  if (!Number.isFinite(seconds) || seconds <= 0) return DEFAULT_SECONDS;
  return Math.min(MOST_SECONDS, Math.max(FEWEST_SECONDS, Math.round(seconds)));
}

/** The place that is so many steps further, round and round. */
export function stepped(place: number, by: number, count: number): number {
  return count === 0 ? 0 : (((place + by) % count) + count) % count;
}

function textOf(query: QueryValue): string {
  return typeof query === 'string' ? query : Array.isArray(query) ? query.filter((part) => part !== null).join(',') : '';
}
