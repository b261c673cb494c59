import type { Judge, JudgeFactory } from './judge.ts';

/** Judges that pass over readings of a lower quality than `minQuality`, as if they had not been sent; for every type of rule. */
export function withQuality(factory: JudgeFactory, minQuality: number | undefined): JudgeFactory {
  if (minQuality === undefined || minQuality <= 0) return factory;
  return {
    ...factory,
    create: (stored) => choosy(factory.create(stored), minQuality),
    carryOver: (stored) => choosy(factory.carryOver(stored), minQuality),
  };
}

function choosy(judge: Judge, minQuality: number): Judge {
  return {
    absorb: (event) => event.quality < minQuality || judge.absorb(event),
    step: (event, nowMs) => (event.kind === 'point' && event.quality < minQuality ? [] : judge.step(event, nowMs)),
    view: () => judge.view(),
    state: () => judge.state(),
    prime: (past) => {
      judge.prime(past.filter(({ quality }) => quality >= minQuality));
    },
  };
}
