const noBreak = '\u00a0';
const absent = '–';

/** 0.8936 → "89.36 %". What is not a number reads "–", here and below. */
export function percent(share: number | null | undefined, digits = 2): string {
  return isNumber(share) ? `${(share * 100).toFixed(digits)}${noBreak}%` : absent;
}

/** 421642 → "421,642". */
export function integer(count: number | null | undefined): string {
  return isNumber(count)
    ? Math.round(count)
        .toString()
        .replace(/\B(?=(\d{3})+$)/g, ',')
    : absent;
}

/** 0.28931 → "0.289". */
export function fixed(value: number | null | undefined, digits = 3): string {
  return isNumber(value) ? value.toFixed(digits) : absent;
}

/** 4240000 → "4.24 M": from a million on, three figures and a unit. */
export function compact(count: number | null | undefined): string {
  if (!isNumber(count)) return absent;
  const [size, unit] = units.find(([least]) => count >= least) ?? [1, ''];
  return unit === '' ? integer(count) : `${(count / size).toPrecision(3)}${noBreak}${unit}`;
}

/** 1234567 → "1.2 MB", for terminals. */
export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

/** A tensor's shape without the batch: [28, 28, 32] → "28 × 28 × 32". */
export function shape(dimensions: readonly number[]): string {
  return dimensions.join(`${noBreak}×${noBreak}`);
}

/** "1 epoch", "5 epochs". */
export function plural(count: number, noun: string): string {
  return `${integer(count)} ${noun}${count === 1 ? '' : 's'}`;
}

const units: readonly (readonly [number, string])[] = [
  [1e9, 'G'],
  [1e6, 'M'],
];

function isNumber(value: number | null | undefined): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}
