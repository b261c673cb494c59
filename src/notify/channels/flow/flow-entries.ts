import type { AlertPayload } from '../../../contracts/alerts.ts';
import type { ActionEvent } from '../../../contracts/actions.ts';
import { AppError } from '../../../core/errors.ts';

/** What a flow is handed: the alert with what belongs to it. */
export interface FlowActionMessage {
  /** Of the notification: the same when it is handed over again, so that a flow knows a repeat. */
  id: string;
  /** Which attempt this is, from 1 on. */
  attempt: number;
  event: ActionEvent;
  alert: AlertPayload;
  device: { name: string; type: string | null; location: string | null };
  /** Where the alert is shown. */
  link: string;
}

/** Takes a message into a flow; resolves when the entry has sent it on, rejects when it could not. */
export type TakeFlowAction = (message: FlowActionMessage) => Promise<void> | void;

/** The entries of the flows that run now, by name. A node registers when it starts and takes itself out when it closes. */
export class FlowEntries {
  private readonly entries = new Map<string, TakeFlowAction>();

  /** Adds an entry; what is answered removes it again. Fails with INVALID_CONFIG when another entry has the name. */
  register(name: string, take: TakeFlowAction): () => void {
    if (this.entries.has(name)) {
      throw new AppError(
        'INVALID_CONFIG',
        `Another entry has the name "${name}"; an action would not know which is meant, so choose another.`,
      );
    }
    this.entries.set(name, take);
    return () => {
      // The entry of a later deploy may have the name by now.
      if (this.entries.get(name) === take) this.entries.delete(name);
    };
  }

  /** The names that exist, sorted. */
  names(): string[] {
    return [...this.entries.keys()].sort();
  }

  /** Hands the message to the entry; resolves when the entry took it. Fails with NOT_FOUND when there is none, or with what the entry says. */
  async deliver(name: string, message: FlowActionMessage): Promise<void> {
    const take = this.entries.get(name);
    if (take === undefined) {
      const names = this.names();
      const known = names.length === 0 ? 'no flow has one' : `there are ${names.map((one) => `"${one}"`).join(', ')}`;
      throw new AppError('NOT_FOUND', `No flow has an iiot-rule-action-in named "${name}" (${known}).`, { retryable: true });
    }
    await take(message);
  }
}
