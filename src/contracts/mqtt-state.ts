/** A subscription of a session that outlives its connections. */
export interface StoredSubscription {
  topic: string;
  qos: 0 | 1 | 2;
}

/** A session that outlives its connections (`clean session` off). */
export interface StoredSession {
  clientId: string;
  tenantId: string;
  subscriptions: StoredSubscription[];
}

/** The message that a topic retains for whoever subscribes later. */
export interface StoredRetained {
  topic: string;
  tenantId: string;
  payload: Buffer;
  qos: 0 | 1 | 2;
}

/** A last will. One that is read at start belongs to a connection whose end nobody saw. */
export interface StoredWill extends StoredRetained {
  clientId: string;
  retain: boolean;
}

/** A message that waits for a session; `position` orders all of them. A `pubrel` has no topic and no payload. */
export interface StoredQueued {
  position: number;
  clientId: string;
  tenantId: string;
  command: 'publish' | 'pubrel';
  topic: string;
  payload: Buffer;
  qos: 0 | 1 | 2;
  messageId: number | null;
}

/** A QoS 2 message that was taken and whose sender has not confirmed yet. */
export interface StoredIncoming {
  clientId: string;
  tenantId: string;
  messageId: number;
}

/** Everything the MQTT broker keeps between two runs. */
export interface MqttState {
  sessions: StoredSession[];
  retained: StoredRetained[];
  wills: StoredWill[];
  queued: StoredQueued[];
  incoming: StoredIncoming[];
}

/** What differs from the state last written: records to write as they are now, and keys of those that are gone. */
export interface MqttChanges {
  put: MqttState;
  remove: {
    sessions: string[];
    retained: string[];
    wills: string[];
    queued: number[];
    incoming: { clientId: string; messageId: number }[];
  };
}
