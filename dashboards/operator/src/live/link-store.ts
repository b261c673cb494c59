import { defineStore } from 'pinia';
import { useSession } from '../session/session-store.ts';
import { Link } from './link.ts';
import { useLive } from './live-store.ts';

/** The live connection of the page; see `Link`. */
export const useLink = defineStore('link', () => {
  const session = useSession();
  const live = useLive();
  let wasSetUp = false;
  const link = new Link({
    accessToken: session.accessToken,
    renewToken: session.renew,
    subscriptions: async () => {
      // Changed rights end the connection: what may be heard on the next one is what the person may then.
      if (wasSetUp) await session.refreshMe();
      wasSetUp = true;
      return live.subscriptions();
    },
    handlers: live.events(),
    refill: live.refill,
    compare: live.compare,
    hasContent: () => live.loaded,
  });
  live.useConnection((events) => link.changeSubscriptions(events));
  session.onRenewed((token) => link.authenticate(token));

  function stop(): void {
    link.stop();
    wasSetUp = false;
    live.clear();
  }

  return {
    state: link.state,
    isLost: link.isLost,
    isFilled: link.isFilled,
    lostSinceMs: link.lostSinceMs,
    start: () => link.start(),
    stop,
    reconnectNow: () => link.reconnectNow(),
  };
});
