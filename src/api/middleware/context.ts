import { isIP } from 'node:net';
import type { IncomingMessage } from 'node:http';
import type { NextFunction, Request, Response } from 'express';
import { asRequestId } from '../../contracts/request-id.ts';
import type { NewId } from '../../core/ids.ts';

/** Gives every request an id: the client's own when it is a sensible one, otherwise a new one. Answers carry it. */
export function requestContext(newId: NewId) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const given = request.get('x-request-id');
    const requestId = asRequestId(given) ?? newId();
    response.locals['requestId'] = requestId;
    response.setHeader('X-Request-Id', requestId);
    next();
  };
}

/** The id that `requestContext` gave. */
export function requestIdOf(response: Response): string {
  return String(response.locals['requestId']);
}

/** The same for a request that Express has not seen. `trust` is what Express made of `TRUST_PROXY` ("trust proxy fn"). */
export function clientAddress({ headers, socket }: IncomingMessage, trust: (address: string, hops: number) => boolean): string {
  const forwarded = String(headers['x-forwarded-for'] ?? '').split(',');
  const chain = [socket.remoteAddress ?? 'unknown', ...forwarded.map((part) => part.trim()).reverse()].filter((part) => part !== '');
  const client = chain.findIndex((address, hops) => !trust(address, hops));
  return addressIn(chain.at(client), socket.remoteAddress);
}

/** A proxy may pass on whatever its client wrote: what is no address is not taken for one. */
function addressIn(named: string | undefined, connected: string | undefined): string {
  return named !== undefined && isIP(named) > 0 ? named : (connected ?? 'unknown');
}

/** The client's address, as far as configured proxies are believed. */
export function addressOf(request: Request): string {
  return addressIn(request.ip, request.socket.remoteAddress);
}
