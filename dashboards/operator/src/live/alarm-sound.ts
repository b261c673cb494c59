/** What becomes of a sound: played, or kept back by the browser until somebody clicks on the page. */
export type SoundState = 'ready' | 'waits-for-click' | 'impossible';

/** The notes of the alarm: pitch (Hz), beginning and length (s). Two rising pairs are heard over a pump and are no melody. */
const NOTES = [
  { pitchHz: 880, atSeconds: 0 },
  { pitchHz: 1_175, atSeconds: 0.18 },
  { pitchHz: 880, atSeconds: 0.5 },
  { pitchHz: 1_175, atSeconds: 0.68 },
] as const;
const NOTE_SECONDS = 0.15;
const RAMP_SECONDS = 0.02;
const LOUDNESS = 0.4;
const WAKING_EVENTS = ['pointerdown', 'keydown'] as const;

/** Plays the alarm by WebAudio. Browsers let a page make a sound only after a click or a key on it: until then it says that it waits. */
export class AlarmSound {
  private context: AudioContext | undefined;
  private readonly onState: (state: SoundState) => void;

  constructor(onState: (state: SoundState) => void) {
    this.onState = onState;
  }

  /** Gets ready; to be called from a click where there is one. May be called again. */
  start(): void {
    if (!('AudioContext' in globalThis)) {
      this.onState('impossible');
      return;
    }
    if (this.context === undefined) {
      this.context = new AudioContext();
      this.context.addEventListener('statechange', this.tell);
      for (const event of WAKING_EVENTS) addEventListener(event, this.wake, { passive: true });
    }
    this.wake();
  }

  stop(): void {
    for (const event of WAKING_EVENTS) removeEventListener(event, this.wake);
    const { context } = this;
    this.context = undefined;
    context?.removeEventListener('statechange', this.tell);
    void context?.close();
  }

  /** Plays once; false when the browser keeps it back. */
  play(): boolean {
    const { context } = this;
    if (context?.state !== 'running') return false;
    for (const { pitchHz, atSeconds } of NOTES) playNote(context, pitchHz, context.currentTime + atSeconds);
    return true;
  }

  private readonly tell = (): void => {
    if (this.context !== undefined) this.onState(this.context.state === 'running' ? 'ready' : 'waits-for-click');
  };

  private readonly wake = (): void => {
    this.tell();
    // Without a click it stays pending until there is one; it does not fail.
    if (this.context?.state === 'suspended') void this.context.resume().then(this.tell, this.tell);
  };
}

function playNote(context: AudioContext, pitchHz: number, atSeconds: number): void {
  const tone = context.createOscillator();
  const loudness = context.createGain();
  tone.type = 'triangle';
  tone.frequency.value = pitchHz;
  // A tone that begins or ends at full loudness clicks.
  loudness.gain.setValueAtTime(0, atSeconds);
  loudness.gain.linearRampToValueAtTime(LOUDNESS, atSeconds + RAMP_SECONDS);
  loudness.gain.setValueAtTime(LOUDNESS, atSeconds + NOTE_SECONDS - RAMP_SECONDS);
  loudness.gain.linearRampToValueAtTime(0, atSeconds + NOTE_SECONDS);
  tone.connect(loudness).connect(context.destination);
  tone.start(atSeconds);
  tone.stop(atSeconds + NOTE_SECONDS);
}
