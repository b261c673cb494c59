// Loaded before the program: when the npm that started it is killed hard, nobody is left to pass a signal on, and the program would keep
// its ports and its data folder without anybody seeing it. Then it stops as if it had been told to.
import { isMainThread } from 'node:worker_threads';

const CHECK_MS = 500;

if (isMainThread && process.env.npm_lifecycle_event !== undefined) {
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    process.kill(process.pid, 'SIGTERM');
  }, CHECK_MS);
  watch.unref();
}
