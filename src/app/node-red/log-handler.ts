import type { Logger } from '../../core/logger.ts';
import { messageOf } from '../../core/errors.ts';
import { reportContext } from './node-reports.ts';

/** Node-RED's numbers for its log levels (@node-red/util, log.js). */
const LEVEL = { fatal: 10, error: 20, warn: 30, info: 40, audit: 98 } as const;

/** Warnings about what is set so on purpose. */
const EXPECTED = /^Projects disabled/;

/** What Node-RED hands to a log handler; of an error, `msg` is the Error itself. */
export interface NodeRedLogLine {
  level: number;
  msg?: unknown;
  /** Of a node: its type, id and name. */
  type?: string;
  id?: string;
  name?: string;
  /** The tab that it is on. */
  z?: string;
}

/** Who wants to know what Node-RED's log says. */
export interface LogObservers {
  /** A node reported an error that no catch node took. */
  nodeError(nodeType: string): void;
}

/**
 * Passes Node-RED's log on to ours and tells the observers what it says about nodes. Its levels are ours, `fatal` is `error`; its audit is left out: what
 * people do stands in the audit log of the platform.
 */
export function logHandler(logger: Logger, observers: LogObservers): (line: NodeRedLogLine) => void {
  return (line) => {
    if (line.level === LEVEL.audit) return;
    const fields = fieldsOf(line);
    const text = textOf(line.msg);
    if (line.level <= LEVEL.error && line.type !== undefined) observers.nodeError(line.type);
    if (line.level <= LEVEL.error) logger.error(fields, text);
    else if (line.level === LEVEL.warn && !EXPECTED.test(text)) logger.warn(fields, text);
    else if (line.level === LEVEL.info || line.level === LEVEL.warn) logger.info(fields, text);
    else logger.debug(fields, text);
  };
}

/** Which node speaks, of which message, and for an error where it was thrown. */
function fieldsOf({ type, id, name, z, msg }: NodeRedLogLine): object {
  const stack = msg instanceof Error ? msg.stack : undefined;
  if (type === undefined) return { stack };
  const { flow = z, requestId } = reportContext();
  return { request_id: requestId, node_type: type, node_id: id, node_name: name, flow, stack };
}

function textOf(message: unknown): string {
  if (typeof message === 'string') return message.trim();
  if (typeof message === 'object' && message !== null && 'message' in message) return String(message.message);
  return messageOf(message);
}
