import { episodeOf } from '../announcer.ts';
import type { Episode, EpisodeCorrection, RuleDecision } from '../types.ts';

/** The stretches in which the rule held, with what was decided now; the same list when nothing changed. */
export function followed(episodes: readonly Episode[], decision: RuleDecision): readonly Episode[] {
  if (decision.kind === 'raised') return [...episodes, episodeOf(decision)];
  const last = episodes.at(-1);
  if (decision.kind !== 'cleared' || last?.clearedUs !== null) return episodes;
  return [...episodes.slice(0, -1), { ...last, clearedUs: decision.atUs }];
}

/**
 * What has to be put right when the past was `before` and is `after`. The stretch that lasts and is known to last is the same one, moved, and so
 * are others that overlap. One that lasts while nobody knows of any is no correction but an alarm: `raise`. (A stretch that was told
 * as over is withdrawn then, because people were told that all is well.)
 *
 * The order is that in which they can be applied one by one, the instant of the raise being the name of a stretch.
 */
export function corrected(
  before: readonly Episode[],
  after: readonly Episode[],
): { corrections: EpisodeCorrection[]; raise: Episode | undefined } {
  const left = new Set(before);
  const lasting = after.find(isLasting);
  const knownLasting = before.find(isLasting);
  const raise = knownLasting === undefined ? lasting : undefined;
  const pairs = new Map<Episode, Episode>();
  const pair = (episode: Episode, known: Episode | undefined): void => {
    if (known === undefined) return;
    pairs.set(episode, known);
    left.delete(known);
  };
  if (lasting !== undefined) pair(lasting, knownLasting);
  for (const episode of after) {
    if (!isLasting(episode))
      pair(
        episode,
        [...left].find((known) => overlap(known, episode)),
      );
  }
  const changed = [...pairs].filter(([episode, known]) => !same(known, episode));
  const added = after.filter((episode) => !pairs.has(episode) && episode !== raise);
  return {
    corrections: [
      ...[...left].map((episode): EpisodeCorrection => ({ op: 'withdrawn', wasRaisedUs: episode.raisedUs, episode })),
      ...changed
        .map(([episode, known]): EpisodeCorrection => ({ op: 'changed', wasRaisedUs: known.raisedUs, episode }))
        .sort((a, b) => a.wasRaisedUs - b.wasRaisedUs),
      ...added.map((episode): EpisodeCorrection => ({ op: 'added', wasRaisedUs: episode.raisedUs, episode })),
    ],
    raise,
  };
}

function isLasting({ clearedUs }: Episode): boolean {
  return clearedUs === null;
}

function overlap(a: Episode, b: Episode): boolean {
  return a.raisedUs <= (b.clearedUs ?? Infinity) && b.raisedUs <= (a.clearedUs ?? Infinity);
}

function same(a: Episode, b: Episode): boolean {
  return a.raisedUs === b.raisedUs && a.clearedUs === b.clearedUs && a.sinceUs === b.sinceUs;
}
