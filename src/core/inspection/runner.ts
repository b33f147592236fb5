import { compile } from '../compile/compile.ts';
import { createExecutable } from '../compile/executable.ts';
import { parameterSet } from '../compile/parameterSet.ts';
import type { Engine } from '../engine/start.ts';
import type { Network } from '../graph/network.ts';
import { type Classifier, openClassifier } from '../model/classifier.ts';
import type { InspectionTarget } from './target.ts';

/** A network with its parameters, float32 in the network's order. */
export interface Weighted {
  readonly network: Network;
  readonly parameters: Float32Array;
}

/** A part of a network: what follows from layer `from`'s output, up to layer `to`'s. The whole network by default. */
export interface Part {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** A network, or a part of one, that answers from floats, fused and without dropout. One call at a time. */
export interface Runner {
  /** float32 [images, …], for the caller to fill. */
  readonly input: Float32Array;
  /** float32 [images, …] */
  readonly output: Float32Array;
  /** Gives the network other parameters. */
  setParameters(parameters: Float32Array): Promise<void>;
  /** Runs the first `count` images. */
  run(count: number): Promise<void>;
  close(): Promise<void>;
}

/** @param images most images at once */
export async function createRunner(
  { network, parameters }: Weighted,
  engine: Pick<Engine, 'module' | 'createTeam'>,
  threads: number,
  images: number,
  { from = network.execution[0]!.name, to = network.output.name }: Part = {},
): Promise<Runner> {
  const set = parameterSet(network);
  const { input, forward, output, scratchBytes } = compile(network, {
    parameters: set,
    from,
    outputs: [to],
    microBatch: images,
  });
  const executable = await createExecutable(engine, threads, {
    calls: { pack: set.pack, forward },
    kept: [input, output(to), set.values],
    scratchBytes,
  });
  const setParameters = (given: Float32Array): Promise<void> => {
    executable.floats(set.values).set(given);
    return executable.run([{ program: 'pack' }]);
  };
  await setParameters(parameters);
  return {
    input: executable.floats(input),
    output: executable.floats(output(to)),
    setParameters,
    run: (count) => executable.run([{ program: 'forward', count }]),
    close: () => executable.close(),
  };
}

/** Uses the trained network, fused as in an evaluation: unfused, rounding could change a close prediction. */
export async function withClassifier<T>(
  target: InspectionTarget,
  use: (classifier: Classifier<InspectionTarget>) => Promise<T>,
): Promise<T> {
  const classifier = await openClassifier(target, target.engine, target.threads);
  try {
    return await use(classifier);
  } finally {
    await classifier.close();
  }
}
