/** A message of the platform to a device. */
export interface DeviceMessage {
  tenantId: string;
  topic: string;
  payload: string;
  qos: 1;
  retain: boolean;
}

/** The way to devices; the MQTT broker, as `src/app` wires it. */
export interface DeviceLink {
  /** Resolves when the message is with its subscribers or in the queues of their sessions; rejects when the broker does not run. */
  publish(message: DeviceMessage): Promise<void>;
  /**
   * Who would get a message on `topic`: a client that is connected and subscribed, a session that waits for its client, or nobody. A gateway
   * that follows all devices counts for each of them.
   */
  audienceOf(tenantId: string, topic: string): 'connected' | 'queued' | 'none';
  /** Takes back the messages on `topic` that wait for clients that are away and whose payload is meant. */
  withdraw(topic: string, isMeant: (payload: Buffer) => boolean): void;
  /** What the topic keeps for whoever subscribes later. */
  retainedOn(topic: string): Buffer | undefined;
}
