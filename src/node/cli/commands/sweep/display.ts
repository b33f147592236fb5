import type { SweepState } from '../../../../core/tuning/journal.ts';
import type { SweepResult } from '../../../../core/tuning/result.ts';
import { currentVersion, expectedEpochs, lossAfter, wholeEpochs } from '../../../../core/tuning/rounds.ts';
import { fixed, percent, plural } from '../../../../views/numbers.ts';
import type { Running, SweepEvent } from '../../../sweeps/runSweep.ts';
import { duration, type Streams } from '../../progress.ts';
import { formatParameters } from './formatSweep.ts';

/** Milliseconds between two drawings of the live table, and between two plain lines. */
const redrawInterval = 200;
const plainInterval = 10_000;

/**
 * Shows a sweep on standard error: a line for each trial that ends, and below them, on a terminal, a live table of the running ones with
 * the time left; elsewhere a plain line from time to time.
 */
export function sweepDisplay(stderr: Streams['stderr'], now: () => number = () => performance.now()) {
  const isTTY = stderr.isTTY ?? false;
  const places = new Map<number, number>();
  let drawn = 0;
  let lastShown = isTTY ? Number.NEGATIVE_INFINITY : now();
  let start: { readonly time: number; readonly epochs: number } | undefined;
  const erase = () => {
    if (drawn > 0) stderr.write(`\u001b[${drawn}A\r\u001b[J`);
    drawn = 0;
  };
  const log = (line: string) => {
    erase();
    stderr.write(`${line}\n`);
  };

  function headline(state: SweepState): string {
    const { spec } = currentVersion(state);
    const done = trainedEpochs(state, places);
    const ended = state.trials.filter((trial) => !trial.isPending).length;
    const all = expectedEpochs(state);
    const perEpoch = start ? (now() - start.time) / 1000 / (done - start.epochs) : 0;
    const left = Number.isFinite(perEpoch) && perEpoch > 0 ? `, ${duration((all - done) * perEpoch)} left` : '';
    const best = bestOf(state);
    return `${ended} of ${plural(spec.trials, 'trial')}${best === '' ? '' : `, best ${best}`}, ${percent(done / all, 0)} of the epochs${left}`;
  }

  function draw(state: SweepState, running: Running): void {
    if (now() - lastShown < (isTTY ? redrawInterval : plainInterval)) return;
    lastShown = now();
    if (!isTTY) {
      stderr.write(`${headline(state)}\n`);
      return;
    }
    const width = (stderr.columns || 80) - 1;
    const lines = [headline(state), ...[...running.keys()].map((trial) => runningLine(state, trial, places, running))];
    erase();
    stderr.write(lines.map((line) => `${line.slice(0, width)}\n`).join(''));
    drawn = lines.length;
  }

  return {
    log,
    onEvent(event: SweepEvent, state: SweepState, running: Running): void {
      start ??= { time: now(), epochs: trainedEpochs(state, places) };
      if (event.kind === 'cut') log(`The last line of ${event.journal} was cut when it was written; it is ignored.`);
      if (event.kind === 'resumed') {
        const ended = state.trials.filter((trial) => !trial.isPending).length;
        log(`Resuming the sweep: ${plural(state.trials.length, 'trial')} so far, ${ended} with a result.`);
      }
      if (event.kind === 'changed') for (const change of event.changes) log(`Changed: ${change}.`);
      if (event.kind === 'warning') log(`trial ${event.trial}: ${event.sentence}`);
      if (event.kind === 'started') places.set(event.trial, state.trials[event.trial]!.curve.length);
      if (event.kind === 'progress') places.set(event.trial, event.epochs);
      if (event.kind === 'ended') {
        places.delete(event.trial);
        if (event.outcome.kind !== 'stopped') log(endedLine(state, event.trial));
      }
      draw(state, running);
    },
    done: erase,
  };
}

function trainedEpochs(state: SweepState, places: ReadonlyMap<number, number>): number {
  return state.trials.reduce((sum, trial) => sum + Math.max(trial.curve.length, places.get(trial.number) ?? 0), 0);
}

function metricOf(state: SweepState): SweepResult['objective']['metric'] {
  return currentVersion(state).spec.objective.metric;
}

function shown(metric: SweepResult['objective']['metric'], loss: number): string {
  return metric === 'validationLoss' ? fixed(loss, 4) : percent(-loss, 2);
}

function bestOf(state: SweepState): string {
  const { spec } = currentVersion(state);
  const complete = state.trials.filter(
    (trial) => trial.error === null && trial.curve.length === wholeEpochs(state, trial),
  );
  const losses = complete.map((trial) => lossAfter(spec, trial, trial.curve.length));
  return losses.length === 0 ? '' : shown(spec.objective.metric, Math.min(...losses));
}

function runningLine(state: SweepState, number: number, places: ReadonlyMap<number, number>, running: Running): string {
  const trial = state.trials[number]!;
  const curve = running.get(number) ?? [];
  const last = curve.at(-1);
  const metric = metricOf(state);
  const value = last ? (metric === 'validationLoss' ? fixed(last.loss, 4) : percent(last.accuracy, 2)) : '–';
  const place = Math.max(curve.length, places.get(number) ?? 0);
  const epochs = `epoch ${fixed(place, 1)}/${trial.epochs}`;
  return `  trial ${String(number).padEnd(4)} ${epochs.padEnd(14)} ${value.padEnd(8)} ${formatParameters(trial.parameters)}`;
}

function endedLine(state: SweepState, number: number): string {
  const trial = state.trials[number]!;
  if (trial.error !== null) return `trial ${number} failed: ${trial.error}`;
  const isWhole = trial.curve.length === wholeEpochs(state, trial);
  const value = shown(metricOf(state), lossAfter(currentVersion(state).spec, trial, trial.curve.length));
  const seconds = trial.curve.reduce((sum, point) => sum + point.seconds, 0);
  const epochs = plural(trial.curve.length, 'epoch');
  return `trial ${number} ${isWhole ? 'complete' : 'paused'} after ${epochs}: ${value}  (${fixed(seconds, 1)} s)  ${formatParameters(trial.parameters)}`;
}
