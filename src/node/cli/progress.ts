/** Standard output, for results, and standard error, for progress. */
export interface Streams {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown; isTTY?: boolean; columns?: number };
}

export interface ProgressOptions {
  /** Whether a line can be redrawn in place. Otherwise plain lines are written from time to time. */
  readonly isTTY: boolean;
  /** The terminal's width in characters, read at every redraw; default 80. */
  readonly columns?: () => number;
  /** The shortest time between plain lines, in ms; default 5,000. */
  readonly plainInterval?: number;
  /** A clock in ms, for tests. */
  readonly now?: () => number;
}

export interface Progress {
  /**
   * Shows the progress of a task. A share smaller than the one before starts a new task, whose time is counted from there.
   *
   * @param share completed so far, from 0 to 1; undefined where it is unknown.
   * @param text a description of the work.
   * @param rate formats a speed, given as the share completed in a second.
   */
  update(share: number | undefined, text: string, rate?: (sharePerSecond: number) => string): void;
  /** Writes a line above the live one. */
  log(line: string): void;
  /** Removes the live line and, unless `text` is empty, writes a last one. */
  done(text: string): void;
}

const redrawInterval = 100;
const widestBar = 24;
const narrowestBar = 8;
const eraseLine = '\r\u001b[2K';

/** Progress on standard error. A terminal whose width is unknown reports 0 columns. */
export function progressOn(stderr: Streams['stderr']): Progress {
  return createProgress(stderr, { isTTY: stderr.isTTY ?? false, columns: () => stderr.columns || 80 });
}

/** One live line with bar, percentage, rate and time left on a terminal; occasional plain lines elsewhere. */
export function createProgress(stream: Streams['stdout'], options: ProgressOptions): Progress {
  const { isTTY, columns = () => 80, plainInterval = 5_000, now = Date.now } = options;
  let live = '';
  let start = { time: now(), share: 0 };
  let lastShare = Number.POSITIVE_INFINITY;
  let lastShown = isTTY ? Number.NEGATIVE_INFINITY : now();

  function speed(share: number): number {
    if (share < lastShare) start = { time: now(), share };
    lastShare = share;
    return ((share - start.share) / (now() - start.time)) * 1000;
  }

  return {
    update(share, text, rate) {
      const perSecond = share === undefined ? 0 : speed(share);
      if (now() - lastShown < (isTTY ? redrawInterval : plainInterval)) return;
      lastShown = now();
      const details = share === undefined ? [] : describe(share, perSecond, rate);
      if (!isTTY) {
        stream.write(`${[text, ...details].join(', ')}\n`);
        return;
      }
      live = fitted(columns() - 1, share, text, details);
      stream.write(`${eraseLine}${live}`);
    },
    log(line) {
      stream.write(isTTY ? `${eraseLine}${line}\n${live}` : `${line}\n`);
    },
    done(text) {
      const last = text === '' ? '' : `${text}\n`;
      stream.write(isTTY && live !== '' ? `${eraseLine}${last}` : last);
      live = '';
      lastShare = Number.POSITIVE_INFINITY;
    },
  };
}

/** 8.2 → "8 s", 125 → "2:05 min", 3720 → "1:02 h". */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  const twoDigits = (value: number) => String(value).padStart(2, '0');
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}:${twoDigits(whole % 60)} min`;
  return `${Math.floor(whole / 3600)}:${twoDigits(Math.floor((whole % 3600) / 60))} h`;
}

/**
 * One line of at most `room` characters, since a wrapped line could not be erased. Without enough room the bar is omitted first,
 * then the details in order; the time left is last.
 */
function fitted(room: number, share: number | undefined, text: string, details: readonly string[]): string {
  const words = (from: number) => [text, ...details.slice(from)].join('  ');
  const forBar = Math.min(widestBar, room - words(0).length - 1);
  if (share !== undefined && forBar >= narrowestBar) return `${drawBar(share, forBar)} ${words(0)}`;
  let from = 0;
  while (from < details.length && words(from).length > room) from++;
  return words(from).slice(0, Math.max(0, room));
}

function describe(share: number, perSecond: number, rate?: (sharePerSecond: number) => string): string[] {
  const percentage = `${Math.floor(clamp(share) * 100)} %`;
  if (!(perSecond > 0 && Number.isFinite(perSecond))) return [percentage];
  const left = `${duration((1 - clamp(share)) / perSecond)} left`;
  return [percentage, ...(rate ? [rate(perSecond)] : []), left];
}

function drawBar(share: number, width: number): string {
  const full = Math.round(clamp(share) * width);
  return '█'.repeat(full) + '░'.repeat(width - full);
}

function clamp(share: number): number {
  return Math.min(1, Math.max(0, share));
}
