/** Structured logging: fields first, then one sentence. The implementation (pino) is chosen in `app/`. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  /** A logger whose every line carries `fields` (for example `{ part: 'broker' }`). */
  child(fields: object): Logger;
}

/** Says nothing; for tests and for parts whose caller does not care. */
export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silentLogger,
};
