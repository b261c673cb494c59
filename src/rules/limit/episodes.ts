import type { Episode, EpisodeCorrection, RuleDecision } from '../types.ts';

/** Adds what was decided to the stretches in which the rule held; repeats change nothing. */
export function follow(episodes: Episode[], decisions: readonly RuleDecision[]): void {
  for (const { kind, atUs, sinceUs, value } of decisions) {
    if (kind === 'raised') episodes.push({ raisedUs: atUs, sinceUs, value, clearedUs: null });
    const last = episodes.at(-1);
    if (kind === 'cleared' && last?.clearedUs === null) episodes[episodes.length - 1] = { ...last, clearedUs: atUs };
  }
}

/**
 * What has to be put right when the past was `before` and is `after`: stretches that overlap are the same one, moved. One that is new and still
 * lasts is no correction but an alarm that nobody has heard yet: `raise`.
 */
export function corrected(
  before: readonly Episode[],
  after: readonly Episode[],
): { corrections: EpisodeCorrection[]; raise: Episode | undefined } {
  const corrections: EpisodeCorrection[] = [];
  const left = [...before];
  let raise: Episode | undefined;
  for (const episode of after) {
    const place = left.findIndex((known) => overlap(known, episode));
    const known = left[place];
    if (known === undefined) {
      if (episode.clearedUs === null) raise = episode;
      else corrections.push({ op: 'added', wasRaisedUs: episode.raisedUs, episode });
      continue;
    }
    left.splice(place, 1);
    if (!same(known, episode)) corrections.push({ op: 'changed', wasRaisedUs: known.raisedUs, episode });
  }
  for (const episode of left) corrections.unshift({ op: 'withdrawn', wasRaisedUs: episode.raisedUs, episode });
  return { corrections, raise };
}

function overlap(a: Episode, b: Episode): boolean {
  return a.raisedUs <= (b.clearedUs ?? Infinity) && b.raisedUs <= (a.clearedUs ?? Infinity);
}

function same(a: Episode, b: Episode): boolean {
  return a.raisedUs === b.raisedUs && a.clearedUs === b.clearedUs && a.sinceUs === b.sinceUs;
}
