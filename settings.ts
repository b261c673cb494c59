import { commandLineSettings } from './src/app/node-red/command-line.ts';

/** Node-RED's settings for its own command line: `node-red -s dist/settings.js` runs flows and platform in one process. */
const settings = commandLineSettings();

// Node-RED reads its settings with require(), which takes this export for the whole module.
export { settings as 'module.exports' };
