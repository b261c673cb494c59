import { z } from 'zod';

/** Where devices reach this installation; the host is the one under which the caller reached it. */
export const connectionSchema = z
  .object({
    mqtt_port: z.int().nullable().meta({ description: 'MQTT over TCP; null when it is switched off' }),
    mqtt_tls_port: z.int().nullable().meta({ description: 'MQTT over TLS; null without certificates' }),
    mqtt_websocket_path: z.string().meta({ description: 'MQTT over WebSocket, on the port of this API' }),
    topic_root: z.string(),
  })
  .meta({ id: 'Connection' });
export type Connection = z.infer<typeof connectionSchema>;
