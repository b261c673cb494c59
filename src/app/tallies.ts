import { RequestTally } from '../api/middleware/request-tally.ts';
import { RuleTally } from '../engine/rule-tally.ts';
import { RealtimeTally } from '../realtime/realtime-tally.ts';
import { TelemetryTally } from '../sources/telemetry-tally.ts';
import { QueryTally } from '../storage/query-times.ts';
import { LaneTally } from '../telemetry/counted-lane.ts';
import { NodeErrors } from './node-errors.ts';

/** Where the parts of one platform count what they do, each in plain numbers of its own; metrics read them at a scrape. */
export interface Tallies {
  telemetry: TelemetryTally;
  lanes: LaneTally;
  rules: RuleTally;
  requests: RequestTally;
  realtime: RealtimeTally;
  queries: QueryTally;
  nodeErrors: NodeErrors;
}

/** Everything at zero. */
export function newTallies(): Tallies {
  return {
    telemetry: new TelemetryTally(),
    lanes: new LaneTally(),
    rules: new RuleTally(),
    requests: new RequestTally(),
    realtime: new RealtimeTally(),
    queries: new QueryTally(),
    nodeErrors: new NodeErrors(),
  };
}
