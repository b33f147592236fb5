/** One kernel call, spread over work units that do not depend on each other. */
export interface Step {
  readonly kernel: string;
  /** Whom the step works for (a layer's name, 'loss', 'update'): for profiles and error messages. */
  readonly owner: string;
  readonly args: readonly number[];
  /** How many units there are: a fixed number, one per image of the micro-batch, or a fraction per image, rounded up in sum. */
  readonly units: number | 'images' | { readonly perImage: number };
  /** Units that one thread takes at a time. */
  readonly grain: number;
  /** Arguments that move with the first image of the micro-batch: index into `args`, and bytes per image. */
  readonly moving?: readonly (readonly [argument: number, bytesPerImage: number])[];
}

export type Program = readonly Step[];

/** Runs program number `program` on `count` images, the first of which stands at slot `offset` of the staging area. */
export interface Job {
  readonly program: number;
  readonly offset: number;
  readonly count: number;
}

export function unitsOf(step: Step, count: number): number {
  const { units } = step;
  if (units === 'images') return count;
  return typeof units === 'number' ? units : Math.ceil(units.perImage * count);
}

/** The step's arguments for a micro-batch that begins at slot `offset`. */
export function argumentsAt(step: Step, offset: number): readonly number[] {
  if (!step.moving || offset === 0) return step.args;
  const args = [...step.args];
  for (const [argument, bytes] of step.moving) args[argument] = args[argument]! + offset * bytes;
  return args;
}
