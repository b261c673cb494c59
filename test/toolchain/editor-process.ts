import { createServer } from 'node:http';
import express from 'express';
import nodeRed from 'node-red';

/*
 * A bare Node-RED that loads the folder of nodes given as the first argument (its user folder is the second), in a process of its own because
 * a process can hold only one. Prints the port when it is ready; ends when its standard input does.
 */
const [nodesDir, userDir] = process.argv.slice(2);
if (nodesDir === undefined || userDir === undefined) throw new Error('Usage: editor-process.ts <folder of nodes> <user folder>');

const app = express();
const server = createServer(app);
nodeRed.init(server, {
  nodesDir,
  userDir,
  uiHost: '127.0.0.1',
  uiPort: 0,
  httpAdminRoot: '/',
  flowFile: 'flows.json',
  credentialSecret: 'only for this test',
  logging: { console: { level: 'fatal', metrics: false, audit: false } },
});
app.use('/', nodeRed.httpAdmin);
await nodeRed.start();
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  console.log(`port ${String(typeof address === 'object' && address !== null ? address.port : address)}`);
});
process.stdin.resume().once('end', () => process.exit(0));
