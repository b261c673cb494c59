import type { NodeStatus } from 'node-red';
import { requestIdOf } from '../../src/contracts/request-id.ts';
import { Topics } from '../../src/contracts/topics.ts';
import type { RejectedPoint, RejectReason, StoredTelemetry } from '../../src/contracts/telemetry.ts';
import { AppError } from '../../src/core/errors.ts';
import type { IngestOutcome } from '../../src/telemetry/types.ts';
import type { NodeContext, RunningNode } from '../shared/define-node.ts';
import type { Done, FlowMessage } from '../shared/platform.ts';
import { Rate } from '../shared/rate.ts';
import { intakeOf, joinedMessages } from './intake.ts';
import type { Intake, IntakeOptions } from './intake.ts';

/** How long the last error stands under the node, and how often an error of the same kind is reported. */
const ERROR_SHOWN_MS = 10_000;
const ERROR_REPORT_MS = 1_000;

/** `msg.rejected` on output 2. */
export interface Rejection {
  reason: RejectReason;
  field: string | null;
  message: string;
  /** The refused points when the rest of the message was stored or judged point by point. */
  points: readonly RejectedPoint[];
}

/** Stores what arrives and settles its acknowledgement from what became of it. Nothing here waits: the hot path is one call long. */
export class IngestNode implements RunningNode {
  private readonly context: NodeContext<{ trustTopicDevice: boolean }>;
  private readonly options: IntakeOptions;
  private readonly rate: Rate;
  private lastError = '';
  private lastErrorAtMs = Number.NEGATIVE_INFINITY;
  private reportedAtMs = Number.NEGATIVE_INFINITY;
  private readonly endReplay: () => void;
  private closed = false;

  constructor(context: NodeContext<{ trustTopicDevice: boolean }>) {
    const { services, config } = context;
    this.context = context;
    this.rate = new Rate(services.clock);
    this.options = {
      acknowledgements: services.acknowledgements,
      topics: new Topics(services.topicRoot),
      tenantId: services.tenantId,
      trustTopicDevice: config.trustTopicDevice,
    };
    this.endReplay = services.ingest.onReplay((telemetry) => {
      context.send(replayed(telemetry));
    });
  }

  close(): void {
    this.closed = true;
    this.endReplay();
  }

  input(message: FlowMessage, done: Done): void {
    this.rate.add();
    const joined = joinedMessages(message, this.options.acknowledgements);
    if (joined === undefined) {
      this.take(message, done);
      return;
    }
    let open = joined.length;
    const oneDone: Done = (error) => {
      open -= 1;
      if (open === 0 || error !== undefined) done(error);
    };
    for (const element of joined) this.take(element, oneDone);
  }

  status(): NodeStatus {
    const perSecond = this.rate.perSecond();
    if (this.context.services.clock.nowMs() - this.lastErrorAtMs < ERROR_SHOWN_MS)
      return { fill: 'red', shape: 'ring', text: this.lastError };
    return { fill: perSecond > 0 ? 'green' : 'grey', shape: 'dot', text: `${String(perSecond)} msg/s` };
  }

  private take(message: FlowMessage, done: Done): void {
    const intake = intakeOf(message, this.options);
    if (intake.kind === 'ignore') {
      done();
      return;
    }
    const { ingest } = this.context.services;
    const finish = (outcome: IngestOutcome): void => {
      this.finish(message, intake, outcome, done);
    };
    if (intake.refusal === undefined) ingest.ingest(intake.request, finish);
    else ingest.refuse(intake.request, intake.refusal, finish);
  }

  private finish(message: FlowMessage, intake: Intake & { kind: 'store' }, outcome: IngestOutcome, done: Done): void {
    const { acknowledgements } = this.context.services;
    if (intake.ackIds.length > 0 && intake.settles) acknowledgements.settle(intake.ackIds, outcome, intake.parts);
    switch (outcome.kind) {
      case 'stored': {
        if (outcome.telemetry !== undefined && this.closed) {
          // A deploy came meanwhile: the wires of this node lead nowhere, those of its successor do.
          this.context.services.ingest.replay([outcome.telemetry]);
        } else if (outcome.telemetry !== undefined) {
          message.telemetry = outcome.telemetry;
          message.device = { device_id: outcome.telemetry.device_id };
          this.context.send(message);
        }
        const [first] = outcome.rejected;
        if (first !== undefined) this.showRejected(message, { ...first, rejected: outcome.rejected });
        done();
        return;
      }
      case 'rejected':
        this.showRejected(message, outcome);
        done();
        return;
      case 'unavailable':
        this.showError(outcome.code === 'DISK_FULL' ? 'disk full' : 'database away');
        this.report(new AppError(outcome.code, outcome.message, { retryable: true }), done);
    }
  }

  private showRejected(message: FlowMessage, outcome: Omit<Rejection, 'points'> & { rejected: readonly RejectedPoint[] }): void {
    const { reason, field, message: text, rejected: points } = outcome;
    const rejected: Rejection = { reason, field, message: text, points };
    this.showError(reason);
    const { topic, payload, device, request_id, _msgid } = message;
    this.context.send([null, { _msgid, topic, payload, request_id, device, rejected }]);
  }

  private showError(text: string): void {
    this.lastError = text;
    this.lastErrorAtMs = this.context.services.clock.nowMs();
  }

  /** Thousands of messages fail together when the database goes: one of them in a second tells it. */
  private report(error: AppError, done: Done): void {
    const nowMs = this.context.services.clock.nowMs();
    if (nowMs - this.reportedAtMs < ERROR_REPORT_MS) return;
    this.reportedAtMs = nowMs;
    done(error);
  }
}

/** A message for telemetry that was stored before: rules skip what they have judged, other nodes may see it twice. */
function replayed(telemetry: StoredTelemetry): object {
  const payload = Object.fromEntries(telemetry.points.map(({ key, value }) => [key, value]));
  return { payload, request_id: requestIdOf(telemetry), device: { device_id: telemetry.device_id }, telemetry };
}
