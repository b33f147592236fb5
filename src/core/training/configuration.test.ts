import { describe, expect, test } from 'vitest';
import { noAugmentation } from './augmentation.ts';
import {
  completeConfiguration,
  defaultConfiguration,
  learningSettings,
  optionOf,
  type RunConfiguration,
  runConfigurationSchema,
  scheduleSettings,
  showSetting,
} from './configuration.ts';
import { parameterRoles } from './optimizers/rules.ts';
import { defaultUpdate } from './update.ts';

test('the defaults are the reference job’s: Keras’ Adam at a constant rate, and nothing else', () => {
  expect(defaultConfiguration).toEqual({
    ...{
      epochs: 5,
      batchSize: 300,
      learningRate: 0.001,
      seed: 0,
      limit: null,
      validation: 0,
      classes: null,
      perClass: null,
    },
    ...{ optimizer: 'adam', beta1: 0.9, beta2: 0.999, epsilon: 1e-7, momentum: null, nesterov: null },
    ...{ weightDecay: null, weightDecayRoles: null, learningRateMultipliers: {}, globalClipnorm: null },
    layerwiseDecay: 1,
    ...{ schedule: 'constant', warmupEpochs: 0, stepEpochs: null, stepFactor: null },
    ...{ labelSmoothing: 0, emaDecay: null, shift: 0, flip: 'none', cutout: 0, brightness: 0, contrast: 0 },
    imageSizes: {},
    validationSeed: null,
  });
  const { update, labelSmoothing, augmentation } = learningSettings(defaultConfiguration);
  expect(update).toMatchObject({ ...defaultUpdate, optimizer: expect.anything(), weightDecayRoles: [] });
  expect(update.optimizer).toEqual({ name: 'adam', beta1: 0.9, beta2: 0.999, epsilon: 1e-7 });
  expect(labelSmoothing).toBe(0);
  expect(augmentation).toEqual(noAugmentation);
});

test('a record from before a setting means its default', () => {
  const earlier = {
    epochs: 2,
    batchSize: 30,
    learningRate: 0.01,
    seed: 4,
    limit: null,
    validation: 0,
    classes: null,
    perClass: null,
  };
  const read = runConfigurationSchema.parse(earlier);
  expect(completeConfiguration(read)).toEqual({ ...defaultConfiguration, ...earlier });
  expect(learningSettings(read)).toEqual(learningSettings(defaultConfiguration));
});

describe('completeConfiguration', () => {
  test.each<[Partial<RunConfiguration>, Partial<RunConfiguration>]>([
    [{ optimizer: 'adamW' }, { epsilon: 1e-8, weightDecay: 0.01, weightDecayRoles: ['kernel'], momentum: null }],
    [
      { optimizer: 'adamW', weightDecay: 0 },
      { weightDecay: 0, beta1: 0.9 },
    ],
    [{ optimizer: 'sgd' }, { momentum: 0, nesterov: false, weightDecay: 0, beta1: null, epsilon: null }],
    [{ schedule: 'step' }, { stepEpochs: 1, stepFactor: 0.5 }],
    [
      { schedule: 'cosine', warmupEpochs: 5 },
      { stepEpochs: null, warmupEpochs: 5 },
    ],
  ])('%j has the defaults that belong to it', (given, expected) => {
    const complete = completeConfiguration(given);
    expect(complete).toMatchObject({ ...given, ...expected });
    expect(completeConfiguration(complete)).toEqual(complete);
  });

  test.each<[Record<string, unknown>, string]>([
    [{ optimizer: 'rmsprop' }, 'The optimizer is rmsprop, but should be one of adam, adamW, sgd.'],
    [{ momentum: 0.9 }, 'The optimizer adam has no momentum; leave momentum out, or choose sgd.'],
    [{ weightDecay: 0.1 }, 'The optimizer adam has no weightDecay; leave weightDecay out, or choose adamW or sgd.'],
    [{ optimizer: 'sgd', beta1: 0.9 }, 'The optimizer sgd has no beta1; leave beta1 out, or choose adam or adamW.'],
    [{ stepFactor: 0.1 }, 'The schedule constant has no stepFactor; leave stepFactor out, or choose step.'],
    [{ optimizer: 'sgd', nesterov: true }, 'Nesterov needs a momentum above 0, such as 0.9.'],
    [{ optimizer: 'sgd', momentum: 1 }, 'The momentum is 1, but should be a number from 0 to below 1.'],
    [{ labelSmoothing: 1 }, 'The label smoothing is 1, but should be a number from 0 to below 1.'],
    [{ emaDecay: -0.1 }, 'The emaDecay is -0.1, but should be a number from 0 to below 1.'],
    [{ shift: 1.5 }, 'The shift is 1.5, but should be a whole number from 0 up.'],
    [{ flip: 'vertical' }, 'The flip is vertical, but should be one of none, random, alternating.'],
    [{ cutout: -1 }, 'The cutout is -1, but should be a whole number from 0 up.'],
    [{ contrast: 1 }, 'The contrast is 1, but should be a number from 0 to below 1.'],
    [{ globalClipnorm: 0 }, 'The globalClipnorm is 0, but should be a number above 0.'],
    [{ epochs: Number.NaN }, 'The number of epochs is NaN, but should be a whole number from 1 up.'],
    [
      { learningRateMultipliers: { gain: 2 } },
      `The table of learning rate multipliers is gain=2, but should be numbers from 0 up by roles of parameters (${parameterRoles.join(', ')}).`,
    ],
    [
      { epochs: 2, warmupEpochs: 2.5 },
      'The warm-up of 2.5 epochs is longer than the run of 2; shorten it with warmupEpochs.',
    ],
    [
      { epochs: 2, schedule: 'step', stepEpochs: 2 },
      'The schedule lowers the learning rate every 2 epochs, but the run has only 2; choose a smaller stepEpochs.',
    ],
  ])('%j is refused in one sentence', (given, message) => {
    expect(() => completeConfiguration(given)).toThrow(
      expect.objectContaining({ name: 'SelvedgeError', code: 'bad-option', message }),
    );
  });
});

test('learningSettings takes all that changes an update', () => {
  const configuration = completeConfiguration({
    ...{ optimizer: 'sgd', momentum: 0.9, nesterov: true, weightDecay: 0.1, weightDecayRoles: ['bias'] },
    ...{
      learningRateMultipliers: { bias: 3 },
      globalClipnorm: 2,
      emaDecay: 0.5,
      layerwiseDecay: 0.5,
      labelSmoothing: 0.1,
    },
    ...{ shift: 2, flip: 'alternating', cutout: 5, brightness: 0.1, contrast: 0.2, imageSizes: { 20: 3 } },
  });
  expect(learningSettings(configuration)).toEqual({
    update: {
      optimizer: { name: 'sgd', momentum: 0.9, nesterov: true },
      ...{ learningRateMultipliers: { bias: 3 }, weightDecay: 0.1, weightDecayRoles: ['bias'] },
      ...{ globalClipnorm: 2, emaDecay: 0.5, layerwiseDecay: 0.5 },
    },
    labelSmoothing: 0.1,
    augmentation: { shift: 2, flip: 'alternating', cutout: 5, brightness: 0.1, contrast: 0.2 },
    imageSizes: { 20: 3 },
  });
  const step = completeConfiguration({ schedule: 'step', stepEpochs: 2, stepFactor: 0.1, warmupEpochs: 1 });
  expect(scheduleSettings(step)).toEqual({ schedule: 'step', warmupEpochs: 1, stepEpochs: 2, stepFactor: 0.1 });
});

test('settings as text, and as options', () => {
  expect([null, 0.5, ['kernel', 'bias'], { bias: 2, kernel: 1 }, {}, []].map(showSetting)).toEqual(
    ['none', '0.5', 'kernel,bias', 'bias=2,kernel=1', 'none', 'none'], // biome-ignore format: one value each
  );
  expect([optionOf('emaDecay'), optionOf('beta1')]).toEqual(['--ema-decay', '--beta1']);
});
