import type { PlatformEvents } from '../../contracts/events.ts';
import { requestIdOf } from '../../contracts/request-id.ts';
import type { EventBus } from '../../core/events.ts';
import type { Logger } from '../../core/logger.ts';
import type { SourceIntake } from '../../sources/types.ts';

/**
 * With `LOG_LEVEL=debug` alone: one line for each telemetry message that was settled and one for what was stored of it. Otherwise nobody listens, so that thousands of
 * messages in a second cost nothing.
 */
export class TelemetryJournal {
  private readonly logger: Logger;
  private readonly isOn: boolean;

  constructor(options: { logger: Logger; level: string }) {
    this.logger = options.logger.child({ part: 'telemetry' });
    this.isOn = options.level === 'debug';
  }

  /** Writes down what is stored and given to rules. */
  follow(events: Pick<EventBus<PlatformEvents>, 'on'>): void {
    if (!this.isOn) return;
    events.on('telemetry.stored', (telemetry) => {
      const { device_id, lane, batch, points } = telemetry;
      this.logger.debug({ request_id: requestIdOf(telemetry), device_id, lane, batch, points: points.length }, 'Telemetry is stored.');
    });
  }

  /** The same intake; each message is written down when it arrived and when it is settled. */
  of(intake: SourceIntake): SourceIntake {
    if (!this.isOn) return intake;
    return {
      submit: (message, onSettled) => {
        intake.submit(message, (settlement) => {
          const { requestId, kind, deviceId, receivedAtMs, raw } = message;
          const received_at = new Date(receivedAtMs).toISOString();
          const fields = {
            request_id: requestId,
            source: kind,
            device_id: deviceId,
            bytes: raw.length,
            received_at,
            settled: settlement.kind,
          };
          this.logger.debug(fields, 'A message is settled.');
          onSettled(settlement);
        });
      },
    };
  }
}
