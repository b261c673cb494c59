import { AppError, messageOf } from '../../../core/errors.ts';
import { oneLine, payloadOf, readAction, UNREADABLE } from '../../alert-content.ts';
import type { LinkTo } from '../../alert-content.ts';
import type { Channel, Delivery, Outcome } from '../../types.ts';
import type { FlowEntries } from './flow-entries.ts';

/** How long an entry may take to send a message on, milliseconds. */
const TAKE_TIMEOUT_MS = 10_000;

/** What the channel uses. */
export interface FlowChannelOptions {
  entries: Pick<FlowEntries, 'deliver'>;
  linkTo: LinkTo;
  /** For tests; 10 s unless given. */
  timeoutMs?: number;
}

/** Hands alerts to flows by the name of their entry. Without an entry it tries for a minute: a deployment may be under way. */
export class FlowChannel implements Channel {
  readonly name = 'flow';
  readonly atOnce = 20;
  readonly retryDelaysMs = [2_000, 5_000, 10_000, 15_000, 28_000] as const;
  private readonly options: FlowChannelOptions;

  constructor(options: FlowChannelOptions) {
    this.options = options;
  }

  async send(delivery: Delivery, signal: AbortSignal): Promise<Outcome> {
    const { entries, linkTo, timeoutMs = TAKE_TIMEOUT_MS } = this.options;
    const read = readAction(delivery, 'flow', linkTo);
    if (read === undefined) return UNREADABLE;
    const { action, event, device, link } = read;
    const { entry } = action;
    const message = { id: delivery.id, attempt: delivery.attempt, event, alert: payloadOf(read), device, link };
    const ended = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    try {
      await Promise.race([entries.deliver(entry, message), rejectedBy(ended)]);
      return { delivered: true, reason: oneLine(`The entry "${entry}" took it.`) };
    } catch (error) {
      return { delivered: false, retryable: true, reason: oneLine(this.reasonOf(error, { entry, isStopping: signal.aborted, ended })) };
    }
  }

  private reasonOf(error: unknown, { entry, isStopping, ended }: { entry: string; isStopping: boolean; ended: AbortSignal }): string {
    if (isStopping) return 'The platform stopped before the flow took it.';
    if (ended.aborted) return `The entry "${entry}" did not take it in time.`;
    return error instanceof AppError ? error.message : `The entry "${entry}" failed: ${messageOf(error)}`;
  }
}

function rejectedBy(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const end = (): void => reject(new Error('ended'));
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
}
