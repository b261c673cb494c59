import type { Action, ChannelName } from '../../../../../src/contracts/actions.ts';
import type { RuleView } from '../../../../../src/contracts/stored-rules.ts';
import { CHANNELS, isOneOf } from './terms.ts';

/** A header as a row of a form. */
export interface HeaderDraft {
  name: string;
  value: string;
}

/** An action as a form has it: every field as text, those of other types too, so that changing the type loses nothing. */
export interface ActionDraft {
  /** For lists on the screen. */
  id: number;
  /** A type that nobody knows any more is kept until the person takes it away. */
  type: ChannelName | 'unknown';
  raised: boolean;
  resolved: boolean;
  recipients: string[];
  subject: string;
  text: string;
  timezone: string;
  url: string;
  headers: HeaderDraft[];
  topic: string;
  payload: string;
  qos: '0' | '1' | '2';
  retain: boolean;
  command: string;
  deviceId: string;
  /** JSON. */
  params: string;
  timeout: string;
  entry: string;
  program: string;
  /** One in a line. */
  args: string;
  /** As it is stored, when its type is not known. */
  original: StoredAction | undefined;
}

export type StoredAction = RuleView['actions'][number];

let lastId = 0;

/** A blank action of a type. */
export function emptyAction(type: ActionDraft['type']): ActionDraft {
  lastId += 1;
  return {
    id: lastId,
    type,
    raised: true,
    resolved: true,
    recipients: [],
    subject: '',
    text: '',
    timezone: '',
    url: '',
    headers: [],
    topic: '',
    payload: '',
    qos: '1',
    retain: false,
    command: '',
    deviceId: '',
    params: '',
    timeout: '',
    entry: '',
    program: '',
    args: '',
    original: undefined,
  };
}

/** A stored action as the form shows it. What older programs stored may lack anything. */
export function actionDraftOf(action: StoredAction): ActionDraft {
  if (!isOneOf(CHANNELS, action.type)) return { ...emptyAction('unknown'), original: action };
  const text = (name: string): string => textOf(action[name]);
  const on = Array.isArray(action['on']) ? action['on'] : ['raised', 'resolved'];
  const qos = text('qos');
  return {
    ...emptyAction(action.type),
    raised: on.includes('raised'),
    resolved: on.includes('resolved'),
    recipients: listOf(action['recipients']),
    subject: text('subject'),
    text: text('text'),
    timezone: text('timezone'),
    url: text('url'),
    headers: action.type === 'n8n' ? headersOf([action['header']]) : pairsOf(action['headers']),
    topic: text('topic'),
    payload: text('payload'),
    qos: isOneOf(['0', '1', '2'] as const, qos) ? qos : '1',
    retain: action['retain'] === true,
    command: text('command'),
    deviceId: text('device_id'),
    params: action['params'] === undefined ? '' : JSON.stringify(action['params'], null, 2),
    timeout: text('timeout_seconds'),
    entry: text('entry'),
    program: text('program'),
    args: listOf(action['args']).join('\n'),
  };
}

/** What a form of an action says, as it is sent; `problems` are of what cannot even be sent, by the name of the field. */
export function actionOf(draft: ActionDraft): { action: Action | StoredAction; problems: Record<string, 'json' | 'number'> } {
  const problems: Record<string, 'json' | 'number'> = {};
  if (draft.type === 'unknown') return { action: draft.original ?? { type: 'unknown' }, problems };
  const on = eventsOf(draft);
  switch (draft.type) {
    case 'email': {
      const { recipients, subject, text, timezone } = draft;
      const addresses = recipients.map((each) => each.trim()).filter((each) => each !== '');
      return { action: { type: 'email', recipients: addresses, ...filled({ subject, text, timezone }), ...on }, problems };
    }
    case 'webhook':
      return { action: { type: 'webhook', url: draft.url.trim(), ...webhookHeaders(draft.headers), ...on }, problems };
    case 'mqtt':
      return { action: mqttAction(draft), problems };
    case 'command': {
      const params = jsonOf(draft.params);
      if (params === 'wrong') problems['params'] = 'json';
      const timeout = draft.timeout.trim() === '' ? undefined : Number(draft.timeout);
      if (Number.isNaN(timeout)) problems['timeout_seconds'] = 'number';
      const action: Action = {
        type: 'command',
        command: draft.command.trim(),
        ...filled({ device_id: draft.deviceId }),
        ...(params === undefined || params === 'wrong' ? {} : { params }),
        ...(timeout === undefined ? {} : { timeout_seconds: timeout }),
        ...on,
      };
      return { action, problems };
    }
    case 'n8n': {
      const header = draft.headers.find(({ name }) => name.trim() !== '');
      return {
        action: { type: 'n8n', url: draft.url.trim(), ...(header === undefined ? {} : { header: trimmed(header) }), ...on },
        problems,
      };
    }
    case 'flow':
      return { action: { type: 'flow', entry: draft.entry.trim(), ...on }, problems };
    case 'script': {
      const args = draft.args.split('\n').filter((line) => line !== '');
      return { action: { type: 'script', program: draft.program.trim(), ...(args.length === 0 ? {} : { args }), ...on }, problems };
    }
  }
}

function mqttAction(draft: ActionDraft): Action {
  return {
    type: 'mqtt',
    topic: draft.topic.trim(),
    ...filled({ payload: draft.payload }),
    ...(draft.qos === '1' ? {} : { qos: draft.qos === '0' ? 0 : 2 }),
    ...(draft.retain ? { retain: true } : {}),
    ...eventsOf(draft),
  };
}

/** Both is what an action tells unless it says otherwise. */
function eventsOf({ raised, resolved }: ActionDraft): { on?: ('raised' | 'resolved')[] } {
  if (raised && resolved) return {};
  return { on: [...(raised ? (['raised'] as const) : []), ...(resolved ? (['resolved'] as const) : [])] };
}

function webhookHeaders(headers: readonly HeaderDraft[]): { headers?: Record<string, string> } {
  const named = headers.filter(({ name }) => name.trim() !== '').map(trimmed);
  return named.length === 0 ? {} : { headers: Object.fromEntries(named.map(({ name, value }) => [name, value])) };
}

/** The value as it is: one that came masked goes back as it came. */
function trimmed({ name, value }: HeaderDraft): HeaderDraft {
  return { name: name.trim(), value };
}

/** Only what is not blank. */
function filled<Name extends string>(fields: Record<Name, string>): Partial<Record<Name, string>> {
  const entries = Object.entries<string>(fields).filter(([, text]) => text.trim() !== '');
  return Object.fromEntries(entries) as Partial<Record<Name, string>>;
}

function jsonOf(text: string): Record<string, unknown> | undefined | 'wrong' {
  if (text.trim() === '') return undefined;
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? { ...parsed } : 'wrong';
  } catch {
    // What is no JSON is told at the field.
    return 'wrong';
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
}

function listOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(textOf) : [];
}

function pairsOf(value: unknown): HeaderDraft[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).map(([name, each]) => ({ name, value: textOf(each) }));
}

function headersOf(all: readonly unknown[]): HeaderDraft[] {
  return all.flatMap((each) => {
    if (typeof each !== 'object' || each === null || !('name' in each) || !('value' in each)) return [];
    return [{ name: textOf(each.name), value: textOf(each.value) }];
  });
}
