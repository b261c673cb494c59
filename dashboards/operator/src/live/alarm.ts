import { ref } from 'vue';
import type { Alert } from '../../../../src/contracts/alerts.ts';
import { askForNotices, noticeState, showNotice } from './alarm-notice.ts';
import type { NoticeState } from './alarm-notice.ts';
import { AlarmSound } from './alarm-sound.ts';
import type { SoundState } from './alarm-sound.ts';
import { NewCritical } from './new-critical.ts';
import type { Alerts } from './open-alerts.ts';

const SOUND_KEY = 'insa.alarm-sound';
const NOTICE_KEY = 'insa.alarm-notice';
const ON = 'on';
/** More at once become one sound and this many notifications. */
const MAX_NOTICES = 5;

/** What an alarm needs to know of the page. */
export interface AlarmOptions {
  /** What is kept in this browser. */
  store: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;
  /** The title of the notification about an alert. */
  titleOf: (alert: Alert) => string;
  /** Leads to an alert. */
  open: (alertId: string) => void;
}

/** Sound and browser notification for new critical alerts, as far as they are switched on in this browser. */
export class Alarm {
  readonly isSoundOn = ref(false);
  readonly isNoticeOn = ref(false);
  readonly soundState = ref<SoundState>('waits-for-click');
  readonly notice = ref<NoticeState>(noticeState());
  /** True after the browser did not show one although it had agreed. */
  readonly noticeFailed = ref(false);
  private readonly options: AlarmOptions;
  private readonly critical = new NewCritical();
  private readonly sound = new AlarmSound((state) => (this.soundState.value = state));
  private isRunning = false;

  constructor(options: AlarmOptions) {
    this.options = options;
    this.isSoundOn.value = options.store.getItem(SOUND_KEY) === ON;
    this.isNoticeOn.value = options.store.getItem(NOTICE_KEY) === ON;
  }

  start(): void {
    if (this.isRunning) return;
    this.isRunning = true;
    this.look();
    if (this.isSoundOn.value) this.sound.start();
  }

  stop(): void {
    this.isRunning = false;
    this.critical.clear();
    this.sound.stop();
  }

  /** Takes the open alerts as they are now. Before they are `loaded` they are those of the start, for which nobody is woken. */
  watch(alerts: Alerts, loaded: boolean): void {
    if (!this.isRunning) return;
    if (loaded) this.tell(this.critical.take(alerts));
    else this.critical.adopt(alerts);
  }

  /** Asks the browser again what it allows: its settings may have been changed meanwhile. */
  look(): void {
    this.notice.value = noticeState();
  }

  /** From a click: the browser lets a page sound only then. */
  switchSound(on: boolean): void {
    this.isSoundOn.value = on;
    this.keep(SOUND_KEY, on);
    if (!on) this.sound.stop();
    else if (this.isRunning) this.sound.start();
  }

  /** From a click: asks for permission where that was not done. Stays off when the browser refuses. */
  async switchNotice(on: boolean): Promise<void> {
    this.noticeFailed.value = false;
    this.notice.value = on ? await askForNotices() : noticeState();
    this.isNoticeOn.value = on && this.notice.value === 'granted';
    this.keep(NOTICE_KEY, this.isNoticeOn.value);
  }

  /** Lets the person hear it. */
  tryOut(): void {
    this.sound.start();
    this.sound.play();
  }

  private tell(alerts: readonly Alert[]): void {
    if (alerts.length === 0) return;
    if (this.isSoundOn.value) this.sound.play();
    if (this.isNoticeOn.value) for (const alert of alerts.slice(0, MAX_NOTICES)) this.tellOf(alert);
  }

  private tellOf(alert: Alert): void {
    const { titleOf, open } = this.options;
    const isShown = showNotice({ title: titleOf(alert), body: alert.message, tag: alert.id, onClick: () => open(alert.id) });
    if (!isShown) this.noticeFailed.value = true;
  }

  private keep(key: string, on: boolean): void {
    if (on) this.options.store.setItem(key, ON);
    else this.options.store.removeItem(key);
  }
}
