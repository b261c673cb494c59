import { RuleTally, judgePoint } from '../../src/engine/rule-tally.ts';
import { TelemetryTally } from '../../src/sources/telemetry-tally.ts';
import type { Settlement } from '../../src/sources/types.ts';
import { QueryTally } from '../../src/storage/query-times.ts';
import { LaneTally } from '../../src/telemetry/counted-lane.ts';
import { median } from '../rules/row.ts';

/** What counting one message takes, nanoseconds of processor time. */
export interface CountedParts {
  /** Outcome, readings and acknowledgement latency, the clock and the closure included. */
  message: number;
  /** One reading judged by one rule: what is added to judging it. */
  judged: number;
  /** One batch: its rows, its commit, and the statement that wrote it. */
  batch: number;
}

const TIMES = 2_000_000;
const ROUNDS = 9;

/** Calls what counts, as the program does, so often that the clock does not matter; the median of some rounds after one that warms up. */
export function countedParts(): CountedParts {
  return { message: perCall(messages()), judged: perCall(judgements(true)) - perCall(judgements(false)), batch: perCall(batches()) };
}

function perCall(call: (place: number) => void): number {
  const rounds = Array.from({ length: ROUNDS + 1 }, () => {
    const before = process.cpuUsage();
    for (let place = 0; place < TIMES; place += 1) call(place);
    const { user, system } = process.cpuUsage(before);
    return ((user + system) * 1_000) / TIMES;
  });
  return median(rounds.slice(1));
}

function messages(): (place: number) => void {
  const tally = new TelemetryTally();
  const settlement: Settlement = { kind: 'stored', stored: 1, duplicates: 0, rejected: [] };
  const waiting: ((settlement: Settlement) => void)[] = [];
  return (place) => {
    const message = { kind: 'mqtt' as const, receivedAtMs: Date.now() - (place % 50) };
    waiting.push((ended) => tally.settled(message, ended, Date.now()));
    tally.ingested('mqtt', settlement);
    // As many as are under way.
    if (waiting.length === 3_200) for (const told of waiting.splice(0)) told(settlement);
  };
}

function judgements(isCounted: boolean): (place: number) => void {
  const tally = isCounted ? new RuleTally().of('stored', 'threshold') : undefined;
  const judge = { lateCount: 0, point: () => [] };
  const run = { judge, run: { tally } } as unknown as Parameters<typeof judgePoint>[0];
  const event = {} as Parameters<typeof judgePoint>[2];
  return () => void judgePoint(run, 0, event);
}

function batches(): (place: number) => void {
  const lanes = new LaneTally();
  const query = new QueryTally().of('system');
  return (place) => {
    const startedAt = performance.now();
    query?.observe((performance.now() - startedAt + (place % 40)) / 1_000);
    lanes.rows.observe(place % 500);
    lanes.commits.observe((performance.now() - startedAt + (place % 40)) / 1_000);
  };
}
