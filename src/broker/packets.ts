/** The tenant of what carries none; it exists in every installation. */
export const DEFAULT_TENANT = 'default';

interface PacketProperties {
  userProperties?: Record<string, string | string[]>;
}

/** A PUBLISH or PUBREL as aedes hands it to its persistence. */
export interface BrokerPacket {
  cmd: string;
  topic: string;
  payload: Buffer | string;
  qos: 0 | 1 | 2;
  retain: boolean;
  dup?: boolean;
  brokerId?: string | undefined;
  brokerCounter?: number | undefined;
  messageId?: number | undefined;
  properties?: PacketProperties;
}

/** aedes copies `properties` into every copy it makes of a packet and MQTT 3.1.1 never writes them: the place for what is ours. */
export function tenantProperties(tenantId: string): PacketProperties {
  return { userProperties: { tenant: tenantId } };
}

/** The tenant that a packet belongs to, when it carries one. */
export function tenantOfPacket(packet: { properties?: PacketProperties | undefined }): string | undefined {
  const tenant = packet.properties?.userProperties?.['tenant'];
  return typeof tenant === 'string' ? tenant : undefined;
}

/** A copy to keep: nothing that happens to the original later changes it. It has no number on the wire yet. */
export function keptCopy(packet: BrokerPacket): BrokerPacket {
  return {
    cmd: packet.cmd,
    brokerId: packet.brokerId,
    brokerCounter: packet.brokerCounter,
    topic: packet.topic,
    payload: packet.payload,
    qos: packet.qos,
    retain: packet.retain,
    dup: packet.dup ?? false,
    messageId: undefined,
    ...(packet.properties === undefined ? {} : { properties: packet.properties }),
  };
}

/** The payload as bytes. */
export function bytesOf(payload: Buffer | string): Buffer {
  return typeof payload === 'string' ? Buffer.from(payload) : payload;
}
