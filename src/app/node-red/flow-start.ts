import type { EventEmitter } from 'node:events';

type FlowState = { running: true } | { running: false; reason: string };

interface RuntimeEvent {
  id?: string;
  payload?: { error?: string; text?: string; type?: string; revision?: string };
}

/** Who is told. */
export interface FlowStartObservers {
  flowsStarted(): void;
  flowsStopping(): void;
  /** Node-RED took flows over, from a deploy or from its files; they run unless node types are missing. */
  flowsTaken(): void;
}

/** Watches Node-RED's events: whether flows run, and when they start and stop. */
export class FlowStart {
  private readonly events: EventEmitter;
  private readonly observers: FlowStartObservers;
  private current: FlowState = { running: false, reason: 'Node-RED has not started yet.' };
  private firstOutcome: () => void = () => undefined;

  constructor(events: EventEmitter, observers: FlowStartObservers) {
    this.events = events;
    this.observers = observers;
  }

  /** Resolves at the first start of the flows, or when Node-RED says that it will not start them. */
  begin(): Promise<void> {
    // Every node of ours listens once, until flows run: as many as there are, which is no leak and needs no warning.
    this.events.setMaxListeners(0);
    this.events.on('flows:started', this.onStarted);
    this.events.on('flows:stopping', this.onStopping);
    this.events.on('runtime-event', this.onRuntimeEvent);
    return new Promise((resolve) => {
      this.firstOutcome = resolve;
    });
  }

  end(): void {
    this.events.off('flows:started', this.onStarted);
    this.events.off('flows:stopping', this.onStopping);
    this.events.off('runtime-event', this.onRuntimeEvent);
  }

  state(): FlowState {
    return this.current;
  }

  private readonly onStarted = (): void => {
    this.current = { running: true };
    this.observers.flowsStarted();
    this.firstOutcome();
  };

  private readonly onStopping = (): void => {
    this.current = { running: false, reason: 'Flows are being deployed.' };
    this.observers.flowsStopping();
  };

  /** Missing node types, credentials that do not decrypt, a broken project: Node-RED then waits for somebody to repair it in the editor. */
  private readonly onRuntimeEvent = (event: RuntimeEvent): void => {
    if (event.id === 'runtime-deploy') this.observers.flowsTaken();
    if (event.id !== 'runtime-state' || event.payload?.error === undefined) return;
    this.current = { running: false, reason: `Flows do not run (${event.payload.error}); open the editor to repair them.` };
    this.firstOutcome();
  };
}
