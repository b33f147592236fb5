import { expect, test } from 'vitest';
import { describeSetting, runConfigurationSchema, settingNames } from '../../../core/training/configuration.ts';
import { trainCommand } from './train.ts';

test('each setting is an option with its name, description and default', () => {
  const options = trainCommand().options;
  const found = settingNames.map((name) => options.find((option) => option.attributeName() === name)!);
  expect(found.map(({ description, defaultValue }) => [description, defaultValue ?? null])).toEqual(
    settingNames.map((name) => {
      const { description, default: value } = describeSetting(name);
      return [description, value];
    }),
  );
  expect(found.map(({ long }) => long)).toEqual([
    '--epochs',
    '--batch-size',
    '--learning-rate',
    '--seed',
    '--limit',
    '--classes',
    '--per-class',
    '--validation',
    '--validation-seed',
    '--optimizer',
    '--beta1',
    '--beta2',
    '--epsilon',
    '--momentum',
    '--nesterov',
    '--weight-decay',
    '--weight-decay-roles',
    '--learning-rate-multipliers',
    '--layerwise-decay',
    '--global-clipnorm',
    '--schedule',
    '--warmup-epochs',
    '--step-epochs',
    '--step-factor',
    '--label-smoothing',
    '--ema-decay',
    '--shift',
    '--flip',
    '--cutout',
    '--brightness',
    '--contrast',
    '--image-sizes',
  ]);
});

test('an option’s value has the setting’s range', () => {
  const parse = (flag: string, text: string) =>
    trainCommand().options.find(({ long }) => long === flag)!.parseArg!(text, undefined);
  expect(parse('--batch-size', '40')).toBe(40);
  expect(parse('--learning-rate', '1e-3')).toBe(0.001);
  expect(() => parse('--batch-size', '0')).toThrow('a whole number from 1 up.');
  expect(() => parse('--batch-size', '1e2')).toThrow('a whole number from 1 up.');
  expect(() => parse('--validation', '-1')).toThrow('a whole number from 0 up.');
  expect(() => parse('--learning-rate', '0')).toThrow('a number above 0.');
  expect(parse('--optimizer', 'adamW')).toBe('adamW');
  expect(() => parse('--optimizer', 'adamw')).toThrow('one of adam, adamW, sgd.');
  expect([parse('--nesterov', 'true'), parse('--nesterov', 'false')]).toEqual([true, false]);
  expect(() => parse('--nesterov', 'yes')).toThrow('true or false.');
  expect(parse('--weight-decay-roles', 'kernel,bias')).toEqual(['kernel', 'bias']);
  expect(parse('--weight-decay-roles', 'none')).toEqual([]);
  expect(parse('--image-sizes', '20=3,24=2')).toEqual({ 20: 3, 24: 2 });
  expect(() => parse('--image-sizes', '20')).toThrow('numbers of epochs from 1 up by sides in pixels');
  expect(() => parse('--image-sizes', '20=0.5')).toThrow('numbers of epochs from 1 up by sides in pixels');
  expect(() => parse('--weight-decay-roles', 'weights')).toThrow('a list of roles of parameters (kernel, bias');
  expect(parse('--learning-rate-multipliers', 'bias=2,kernel=0.5')).toEqual({ bias: 2, kernel: 0.5 });
  for (const text of ['bias', 'bias=', 'bias=-1', 'gain=2', 'bias=2,'])
    expect(() => parse('--learning-rate-multipliers', text)).toThrow('numbers from 0 up by roles');
  expect(() => parse('--label-smoothing', '1')).toThrow('a number from 0 to below 1.');
});

test('a record from before a setting has its default', () => {
  const { validation, ...earlier } = runConfigurationSchema.parse({ seed: 3 });
  expect(runConfigurationSchema.parse(earlier)).toEqual({ ...earlier, validation: 0 });
  expect(runConfigurationSchema.safeParse({ ...earlier, seed: -1 }).success).toBe(false);
  expect(validation).toBe(0);
});
