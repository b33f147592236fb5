import { cos } from '../engine/portable.ts';
import { power } from './optimizers/power.ts';

export const scheduleNames = ['constant', 'linear', 'cosine', 'step'] as const;

/** How the learning rate changes over a run, in training steps. */
export interface Schedule {
  readonly name: (typeof scheduleNames)[number];
  /** Steps in which the rate rises from near 0 to its full height; at most all. */
  readonly warmupSteps: number;
  /** With `step`: the rate is multiplied by `dropFactor` after every `dropSteps` steps. */
  readonly dropSteps: number;
  readonly dropFactor: number;
}

/**
 * What the learning rate is multiplied by in step `step` of `totalSteps`, both from 1. In W steps of warm-up it is step ÷ W. Then
 * the share p of the remaining steps that are done before this one determines it: 1 − p (`linear`) and (1 + cos πp) ÷ 2
 * (`cosine`) reach 0 where the next step would be, so that no step is without effect. `step` counts from the run's first step.
 */
export function scheduleFactor(step: number, totalSteps: number, schedule: Schedule): number {
  const { name, warmupSteps, dropSteps, dropFactor } = schedule;
  if (step <= warmupSteps) return step / warmupSteps;
  const done = (step - 1 - warmupSteps) / (totalSteps - warmupSteps);
  switch (name) {
    case 'constant':
      return 1;
    case 'linear':
      return 1 - done;
    case 'cosine':
      return (1 + cos(Math.PI * done)) / 2;
    case 'step':
      return power(dropFactor, Math.floor((step - 1) / dropSteps));
  }
}

/** A schedule in epochs, which need not be whole. */
export interface ScheduleSettings {
  readonly schedule: Schedule['name'];
  readonly warmupEpochs: number;
  readonly stepEpochs: number;
  readonly stepFactor: number;
}

export const constantRate: ScheduleSettings = { schedule: 'constant', warmupEpochs: 0, stepEpochs: 1, stepFactor: 1 };

/** The same in steps, rounded to whole ones. */
export function scheduleIn(settings: ScheduleSettings, stepsPerEpoch: number): Schedule {
  return {
    name: settings.schedule,
    warmupSteps: Math.round(settings.warmupEpochs * stepsPerEpoch),
    dropSteps: Math.max(1, Math.round(settings.stepEpochs * stepsPerEpoch)),
    dropFactor: settings.stepFactor,
  };
}
