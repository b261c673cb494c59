import { EventEmitter } from 'node:events';

/** A typed event bus: `Events` maps each event's name to the one value it carries. Listeners run synchronously, in order. */
export class EventBus<Events extends object> {
  private readonly emitter = new EventEmitter();

  constructor() {
    this.emitter.setMaxListeners(100);
  }

  /** Calls `listener` at every `name`; answers a function that ends it. */
  on<Name extends keyof Events & string>(name: Name, listener: (event: Events[Name]) => void): () => void {
    this.emitter.on(name, listener);
    return () => this.emitter.off(name, listener);
  }

  emit<Name extends keyof Events & string>(name: Name, event: Events[Name]): void {
    this.emitter.emit(name, event);
  }

  /** How many listeners `name` has; lets a hot path skip work that nobody wants. */
  listenerCount(name: keyof Events & string): number {
    return this.emitter.listenerCount(name);
  }
}
