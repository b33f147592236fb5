import { convolutionInitializers, kernelInitializers } from './initializers.ts';

/** Checks one option's value; returns what it should have been, or null when it is right. */
export type OptionCheck = (value: unknown) => string | null;

const isPositiveInteger = (value: unknown) => Number.isSafeInteger(value) && (value as number) > 0;
const isNatural = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0;
const isPairOf = (value: unknown, each: (item: unknown) => boolean) =>
  Array.isArray(value) && value.length === 2 && value.every(each);

const check =
  (isRight: (value: unknown) => boolean, expected: string): OptionCheck =>
  (value) =>
    isRight(value) ? null : expected;

export const positiveInteger = check(isPositiveInteger, 'a whole number from 1 up');

export const size2d = check(
  (value) => isPositiveInteger(value) || isPairOf(value, isPositiveInteger),
  'a whole number from 1 up, or two of them: [height, width]',
);

export const padding2d = check(
  (value) => isNatural(value) || isPairOf(value, isNatural) || isPairOf(value, (side) => isPairOf(side, isNatural)),
  'a whole number from 0 up, [height, width], or [[top, bottom], [left, right]]',
);

export const windowPadding = check((value) => value === 'valid' || value === 'same', "'valid' or 'same'");

/** Dropout's keep probability is kept in steps of 2⁻¹⁶. */
export const rate = check(
  (value) => typeof value === 'number' && value >= 0 && value <= 1 - 2 ** -16,
  'a number from 0 to below 1',
);

export const activation = check(
  (value) => value === 'relu' || value === 'relu6' || value === 'softmax',
  "'relu', 'relu6' or 'softmax'",
);

const oneOf = (names: readonly unknown[]) =>
  check((value) => names.includes(value), `one of ${names.map((name) => `'${name}'`).join(', ')}`);

export const kernelInitializerName = oneOf(kernelInitializers);
export const convolutionInitializerName = oneOf(convolutionInitializers);

export const inputShape = check(
  (value) => Array.isArray(value) && (value.length === 1 || value.length === 3) && value.every(isPositiveInteger),
  'three whole numbers [height, width, channels], or one [features]',
);

export const boolean = check((value) => typeof value === 'boolean', 'true or false');
