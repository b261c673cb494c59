import { RULE_ORIGINS } from '../../contracts/metrics.ts';
import { readCounter, readGauge, readHistogram } from '../read.ts';
import type { MetricBench, RuleFigures } from '../types.ts';

const LABELS = ['origin', 'type'] as const;

/** Rules at work, by type and by where they live; never by rule or device, of which there may be many thousands. */
export function ruleMetrics(bench: MetricBench): void {
  const { rules } = bench.sources;
  if (rules === undefined) return;
  countEvaluations(bench, rules);
  readHistogram(bench, {
    name: 'insa_rule_evaluation_seconds',
    help: 'How long it took a rule to judge a reading, by origin and type; one evaluation of 32 is timed, so the count is a 32nd of that of insa_rule_evaluations_total.',
    labelNames: LABELS,
    read: () => rules.all().map(({ origin, type, took }) => ({ labels: { origin, type }, buckets: took })),
  });
  readHistogram(bench, {
    name: 'insa_rule_delay_seconds',
    help: 'From the arrival of a message until all rules of a node had judged it, by origin.',
    labelNames: ['origin'],
    read: () =>
      RULE_ORIGINS.flatMap((origin) => {
        const buckets = rules.all().find((tally) => tally.origin === origin)?.delays;
        return buckets === undefined ? [] : [{ labels: { origin }, buckets }];
      }),
  });
  readGauge(bench, {
    name: 'insa_rule_backlog_age_seconds',
    help: 'Age of the oldest batch that is kept to be judged again after a crash: below 10 while rules keep up and their state is written.',
    read: () => [{ labels: {}, value: rules.oldestKeptSeconds() }],
  });
}

function countEvaluations(bench: MetricBench, rules: RuleFigures): void {
  const read = (figure: 'evaluations' | 'late' | 'decisions') => () =>
    rules.all().map(({ origin, type, [figure]: value }) => ({ labels: { origin, type }, value }));
  readCounter(bench, {
    name: 'insa_rule_evaluations_total',
    help: 'Readings judged since the start, each once for each rule that reads it, by origin (wired: a node of a flow, stored: the rule book) and type of the rule.',
    labelNames: LABELS,
    read: read('evaluations'),
  });
  readCounter(bench, {
    name: 'insa_rule_late_points_total',
    help: 'Readings since the start that came later than the lateness of their rule, so that they were stored and not judged; each once for each such rule.',
    labelNames: LABELS,
    read: read('late'),
  });
  readCounter(bench, {
    name: 'insa_rule_decisions_total',
    help: 'What readings made rules decide since the start: raised, cleared, repeated, corrected. Decisions by time alone are not in it.',
    labelNames: LABELS,
    read: read('decisions'),
  });
}
