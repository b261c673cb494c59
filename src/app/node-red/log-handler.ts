import type { Logger } from '../../core/logger.ts';
import { messageOf } from '../../core/errors.ts';

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
}

/** Who wants to know what Node-RED's log says. */
export interface LogObservers {
  nodeError(): void;
}

/** Passes Node-RED's log on to ours and tells the observers what it says about nodes. */
export function logHandler(logger: Logger, observers: LogObservers): (line: NodeRedLogLine) => void {
  return (line) => {
    if (line.level === LEVEL.audit) return;
    const fields = line.type === undefined ? {} : { node_type: line.type, node_id: line.id, node_name: line.name };
    const text = textOf(line.msg);
    if (line.level <= LEVEL.error && line.type !== undefined) observers.nodeError();
    if (line.level <= LEVEL.error) logger.error(fields, text);
    else if (line.level === LEVEL.warn && !EXPECTED.test(text)) logger.warn(fields, text);
    else if (line.level === LEVEL.info || line.level === LEVEL.warn) logger.info(fields, text);
    else logger.debug(fields, text);
  };
}

function textOf(message: unknown): string {
  if (typeof message === 'string') return message.trim();
  if (typeof message === 'object' && message !== null && 'message' in message) return String(message.message);
  return messageOf(message);
}
