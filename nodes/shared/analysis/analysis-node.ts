import type { NodeStatus } from 'node-red';
import { AppError, messageOf } from '../../../src/core/errors.ts';
import type { StoredPoint } from '../../../src/contracts/telemetry.ts';
import type { NodeContext, RunningNode } from '../define-node.ts';
import type { Done, FlowMessage } from '../platform.ts';
import { USUAL_PAUSE_SECONDS } from './analysis-fields.ts';
import { askedBy } from './question.ts';
import type { Asked } from './question.ts';
import { Throttle } from './throttle.ts';

/** One analysis: what it answers, and to which readings of live telemetry it belongs. */
export interface Analysis {
  /** Answers a question; `asked` is what the message says itself, `deviceId` the device it is of, or blank. Fails with what the API refuses. */
  answer(asked: Asked, deviceId: string): Promise<Answered>;
  /** The questions that a live message of a device asks, by a name under which the pause is kept; none when it is of something else. */
  liveQuestions(deviceId: string, points: readonly StoredPoint[]): readonly LiveQuestion[];
}

/** A question of live telemetry. */
export interface LiveQuestion {
  name: string;
  asked: Asked;
}

/** An answer as the node sends it. */
export interface Answered {
  topic: string;
  payload: object;
  /** What was asked, so that a next analysis is of the same series and period. */
  analysis: object;
  /** A few letters for under the node. */
  status: string;
}

interface Waiting {
  message: FlowMessage;
  asked: Asked;
  done: Done;
  /** Under which the pause of live telemetry is kept; undefined: a message that asks itself. */
  name: string | undefined;
}

/** The most questions that wait; more come faster than the database answers. */
const MOST_WAITING = 100;

/** Answers questions one after the other, so that a node never has more than one connection to the database. */
export class AnalysisNode implements RunningNode {
  private readonly context: NodeContext<{ throttleSeconds: number | undefined }>;
  private readonly analysis: Analysis;
  private readonly throttle: Throttle;
  private readonly waiting: Waiting[] = [];
  private working: Promise<void> | undefined;
  private closed = false;
  private shown: NodeStatus = { fill: 'grey', shape: 'ring', text: 'no question yet' };

  constructor(context: NodeContext<{ throttleSeconds: number | undefined }>, analysis: Analysis) {
    this.context = context;
    this.analysis = analysis;
    this.throttle = new Throttle(context.services.clock, context.config.throttleSeconds ?? USUAL_PAUSE_SECONDS);
  }

  input(message: FlowMessage, done: Done): void {
    const { telemetry, ack_id: ackId } = message;
    if (telemetry === undefined && ackId !== undefined) {
      done(new AppError('INVALID_REQUEST', 'The message has no msg.telemetry, so it is not stored; wire this node behind an ingest node.'));
    } else if (telemetry === undefined || message.analysis !== undefined) this.ask(message, done);
    else if (telemetry.replay === true || telemetry.duplicate === true) done();
    else this.listen(message, telemetry, done);
  }

  status(): NodeStatus {
    return this.working === undefined ? this.shown : { fill: 'blue', shape: 'ring', text: 'computing' };
  }

  async close(): Promise<void> {
    this.closed = true;
    for (const { done } of this.waiting.splice(0)) done();
    await this.working;
  }

  private ask(message: FlowMessage, done: Done): void {
    try {
      this.enqueue({ message, asked: askedBy(message), done, name: undefined });
    } catch (error) {
      done(error instanceof Error ? error : new Error(messageOf(error)));
    }
  }

  /** Live telemetry is stored and acknowledged already: most of it passes at once, and none of it waits for an answer. */
  private listen(message: FlowMessage, { device_id: deviceId, points }: NonNullable<FlowMessage['telemetry']>, done: Done): void {
    for (const { name, asked } of this.analysis.liveQuestions(deviceId, points)) {
      if (this.throttle.pass(name)) this.enqueue({ message, asked, done: this.report, name });
    }
    done();
  }

  private readonly report: Done = (error) => {
    if (error !== undefined) this.context.error(error);
  };

  private enqueue(question: Waiting): void {
    if (this.waiting.length >= MOST_WAITING) {
      // Of live telemetry the next reading asks again.
      if (question.name !== undefined) this.throttle.forget(question.name);
      else question.done(new AppError('RATE_LIMITED', `${String(MOST_WAITING)} questions wait already; send them more slowly.`));
      return;
    }
    this.waiting.push(question);
    this.working ??= this.work().finally(() => (this.working = undefined));
  }

  private async work(): Promise<void> {
    for (let next = this.waiting.shift(); next !== undefined; next = this.waiting.shift()) await this.answerOne(next);
  }

  private async answerOne({ message, asked, done }: Waiting): Promise<void> {
    try {
      const { status, ...fields } = await this.analysis.answer(asked, deviceOf(message));
      this.shown = { fill: 'green', shape: 'dot', text: status };
      if (!this.closed) this.context.send({ ...message, ...fields });
      done();
    } catch (error) {
      this.shown = { fill: 'red', shape: 'ring', text: 'no answer' };
      done(error instanceof Error ? error : new Error(messageOf(error)));
    }
  }
}

function deviceOf({ device }: FlowMessage): string {
  return typeof device?.device_id === 'string' ? device.device_id : '';
}
