import type { Config } from '../config/config.ts';
import type { StartReport } from './create-app.ts';

/** What `npm start` prints at the end: where everything is and, the first time only, the generated password. */
export function describeStart(config: Config, report: StartReport): string {
  const scheme = config.tls === undefined ? 'http' : 'https';
  const host = ['0.0.0.0', '::'].includes(config.host) ? 'localhost' : config.host;
  const web = config.publicUrl ?? `${scheme}://${host}:${String(report.httpPort)}`;
  const lines = [
    'INSA IIoT Platform is ready',
    '',
    `  Dashboard   ${web}/`,
    `  Editor      ${web}/editor/`,
    `  API docs    ${web}/api/v1/docs`,
    `  MQTT        ${mqttAddresses(config, host).join('   ')}`,
  ];
  const { username, password } = report.administrator;
  if (password !== undefined) {
    lines.push('', `  Log in as   ${username}`, `  Password    ${password}   (shown only now; to be changed at the first login)`);
  }
  lines.push('', 'Ctrl-C stops it.');
  return lines.join('\n');
}

function mqttAddresses({ mqtt, tls }: Config, host: string): string[] {
  const addresses: string[] = [];
  if (mqtt.port > 0) addresses.push(`mqtt://${host}:${String(mqtt.port)}`);
  if (mqtt.tlsPort > 0 && tls !== undefined) addresses.push(`mqtts://${host}:${String(mqtt.tlsPort)}`);
  return addresses.length > 0 ? addresses : ['over WebSocket only, at /mqtt'];
}
