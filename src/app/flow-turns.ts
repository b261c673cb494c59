import { messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { WiredRuleEngine } from '../engine/engine.ts';
import type { SourceHub } from '../sources/source-hub.ts';
import type { TelemetryIngest } from '../telemetry/ingest-service.ts';

/** Who must know that flows stop and start. */
export interface FlowTurnsOptions {
  hub: Pick<SourceHub, 'flowsStopping' | 'flowsStarted'>;
  ingest: Pick<TelemetryIngest, 'hold' | 'release' | 'replay'>;
  engine: Pick<WiredRuleEngine, 'replay'>;
  logger: Logger;
}

/** Flows that do not run again within this time after a stop wait for somebody to repair them, milliseconds. */
const RESTART_WITHIN_MS = 15_000;

/**
 * What happens between the end of a flow and the beginning of the next (a deploy, a crash). Points that were stored and perhaps not
 * judged go through the new flow first, newly stored ones wait for that: a rule passes over what is older than what it has judged.
 */
export class FlowTurns {
  private readonly options: FlowTurnsOptions;
  private turn = 0;
  private patience: NodeJS.Timeout | undefined;
  private ended = false;

  constructor(options: FlowTurnsOptions) {
    this.options = options;
  }

  /** Before the first flows: what an earlier run left comes before anything new. */
  begin(): void {
    this.options.ingest.hold();
  }

  /** Flows stop, and others (or the same) will start. */
  stopping(): void {
    const { hub, ingest } = this.options;
    this.turn += 1;
    hub.flowsStopping();
    if (this.ended) return;
    ingest.hold();
    clearTimeout(this.patience);
    // Whoever waits for an answer gets it: what is stored is judged when flows run, because it is still to be replayed.
    this.patience = setTimeout(() => ingest.release(), RESTART_WITHIN_MS).unref();
  }

  /** Flows run: unsettled messages go to the new nodes, and what is stored but not judged is judged. Never rejects. */
  async started(): Promise<void> {
    const { hub, ingest, engine, logger } = this.options;
    clearTimeout(this.patience);
    this.turn += 1;
    const { turn } = this;
    hub.flowsStarted();
    try {
      for await (const replayed of engine.replay()) {
        // Another deploy has begun; the replay after it starts from the beginning.
        if (turn !== this.turn) return;
        ingest.replay(replayed);
      }
    } catch (error) {
      logger.error({ part: 'rules', reason: messageOf(error) }, 'Stored points could not be read again; the next deploy tries once more.');
    }
    if (turn === this.turn) ingest.release();
  }

  /** The platform stops: nothing waits for flows any more. */
  end(): void {
    this.ended = true;
    clearTimeout(this.patience);
    this.options.ingest.release();
  }
}
