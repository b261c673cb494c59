import type { NextFunction, Request, Response } from 'express';
import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import { actorOf } from '../../core/principal.ts';
import type { Caller } from '../route.ts';
import { requestIdOf } from './context.ts';

/** Refusals of callers: they are told an id by which somebody may ask why. */
const REFUSALS: ReadonlySet<number> = new Set([401, 403, 429]);
/** Lines about refusals in a minute; who is refused again and again must not push everything else out of the log. */
const REFUSALS_A_MINUTE = 60;
const MINUTE_MS = 60_000;
const PATH_LENGTH = 200;

/**
 * One line for each request: what was asked for, how it ended, how long it took (milliseconds) and who asked; at `debug`, but at `info` for what failed inside (5xx) and for
 * what was refused. The path is the template of its route, without ids and query.
 */
export function accessLog({ logger: given, clock }: { logger: Logger; clock: Clock }) {
  const logger = given.child({ part: 'http' });
  const refusals = new Allowance(clock);
  return (request: Request, response: Response, next: NextFunction): void => {
    const startedAt = performance.now();
    response.once('close', () => {
      const { statusCode: status } = response;
      const fields = { ...aboutRequest(request, response), status, ms: Math.round(performance.now() - startedAt) };
      const isTold = status >= 500 || (REFUSALS.has(status) && refusals.take());
      if (isTold) logger.info(fields, 'A request was answered.');
      else logger.debug(fields, response.writableFinished ? 'A request was answered.' : 'A request was given up by its client.');
    });
    next();
  };
}

function aboutRequest(request: Request, response: Response): object {
  const { route, caller } = response.locals as { route?: string; caller?: Caller };
  const [path = ''] = request.originalUrl.split('?', 1);
  return {
    request_id: requestIdOf(response),
    method: request.method,
    route: route ?? path.slice(0, PATH_LENGTH),
    by: caller === undefined ? undefined : actorOf(caller.principal),
  };
}

/** So many a minute and no more. */
class Allowance {
  private readonly clock: Clock;
  private sinceMs = 0;
  private taken = 0;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  take(): boolean {
    const nowMs = this.clock.nowMs();
    if (Math.abs(nowMs - this.sinceMs) >= MINUTE_MS) {
      this.sinceMs = nowMs;
      this.taken = 0;
    }
    this.taken += 1;
    return this.taken <= REFUSALS_A_MINUTE;
  }
}
