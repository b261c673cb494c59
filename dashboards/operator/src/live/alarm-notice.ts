/** Whether this browser shows notifications of ours: yes, not asked yet, refused, or not at all and why. */
export type NoticeState = 'granted' | 'not-asked' | 'refused' | 'needs-https' | 'impossible';

/** What the browser says now. */
export function noticeState(): NoticeState {
  if (!isSecureContext) return 'needs-https';
  if (!('Notification' in globalThis)) return 'impossible';
  const { permission } = Notification;
  return permission === 'granted' ? 'granted' : permission === 'denied' ? 'refused' : 'not-asked';
}

/** Asks the person; to be called from a click only. */
export async function askForNotices(): Promise<NoticeState> {
  const state = noticeState();
  if (state !== 'not-asked') return state;
  await Notification.requestPermission();
  return noticeState();
}

/** Shows a notification; the same `tag` replaces an earlier one, also of another tab. False when the browser does not. */
export function showNotice(notice: { title: string; body: string; tag: string; onClick: () => void }): boolean {
  if (noticeState() !== 'granted') return false;
  const { title, body, tag, onClick } = notice;
  try {
    const shown = new Notification(title, { body, tag, requireInteraction: true });
    shown.onclick = () => {
      focus();
      shown.close();
      onClick();
    };
    return true;
  } catch (error) {
    // Browsers of phones leave notifications to service workers, and say so only when one is made.
    console.warn('This browser shows no notifications of pages:', error);
    return false;
  }
}
