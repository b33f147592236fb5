import { makePlan, type ParameterPlaces } from '../../src/core/compile/plan.ts';
import { createRecorder } from '../../src/core/compile/recorder.ts';
import { createArena } from '../../src/core/engine/arena.ts';
import type { Program } from '../../src/core/engine/program.ts';
import { startTeam } from '../../src/core/engine/start.ts';
import { referenceLayer } from '../../src/core/graph/reference.ts';
import { sizeOf } from '../../src/core/graph/shape.ts';
import { type Implementation, type LayerCase, networkOf } from './contract.ts';
import { inlineEngine, poisoned, withoutDraws, workerEngine } from './engines.ts';
import { writeMasks } from './masks.ts';

function imagesOf({ x, inputShape }: LayerCase): number {
  return x.length / sizeOf(inputShape);
}

/** Plain TypeScript in float64. */
export const reference: Implementation = async (layerCase) => {
  const layer = networkOf(layerCase).layers[1]!;
  const parameters = layer.parameters.map(({ offset, size }) => layerCase.parameters.subarray(offset, offset + size));
  const pass = referenceLayer(layer, layerCase.x, parameters, layerCase.kept);
  const { dx, parameters: gradients } = pass.backward(layerCase.dy);
  return { y: pass.y, dx, parameterGradients: gradients.flatMap((values) => Array.from(values)) };
};

/** The kernels on the caller's own thread, through a recorder. */
export const wasmInline: Implementation = async (layerCase) => {
  const network = networkOf(layerCase);
  const { name } = network.layers[1]!;
  const recorder = await createRecorder({
    network,
    parameters: layerCase.parameters,
    engine: withoutDraws(poisoned(inlineEngine)),
    threads: 1,
    images: imagesOf(layerCase),
    training: layerCase.kept !== undefined,
  });
  if (layerCase.kept) writeMasks(recorder, network, { [name]: layerCase.kept });
  await recorder.forward(layerCase.x);
  await recorder.backward(layerCase.dy);
  return {
    y: recorder.activation(name),
    dx: recorder.gradient('input'),
    parameterGradients: recorder.parameterGradients(),
  };
};

/** The kernels on worker threads: one team that knows all these cases, since threads are slow to start. */
export async function wasmOnThreads(
  threads: number,
  cases: readonly LayerCase[],
): Promise<{ run: Implementation; close(): Promise<void> }> {
  const arena = createArena(1024);
  const programs: Program[] = [];
  const placed = new Map(
    cases.map((layerCase, i) => {
      const network = networkOf(layerCase);
      const images = imagesOf(layerCase);
      const P = network.parameterCount;
      const places: ParameterPlaces = {
        values: arena.allocate(P * 4),
        gradients: arena.allocate(P * 4),
        samples: arena.allocate(images * 4),
        randomContext: arena.allocate(12),
        derived: new Map(),
        derivations: [],
      };
      const dropout = layerCase.kept !== undefined;
      const plan = makePlan(network, places, arena, {
        training: true,
        dropout,
        microBatch: images,
        inputGradient: true,
      });
      const clear = { kernel: 'zeroFill', owner: 'gradients', args: [places.gradients], units: P, grain: 8 } as const;
      programs.push([...places.derivations, ...plan.forward, clear, ...plan.before, ...plan.backward, ...plan.after]);
      return [layerCase, { program: i, network, images, places, plan }];
    }),
  );
  const scratchBytes = Math.max(...[...placed.values()].map(({ plan }) => plan.scratchBytes));
  const engine = withoutDraws(poisoned(workerEngine));
  const { buffer, team } = await startTeam(engine, { arena, programs, threads, scratchBytes });
  const floats = (address: number, length: number) => new Float32Array(buffer, address, length);
  return {
    async run(layerCase) {
      const { program, network, images, places, plan } = placed.get(layerCase)!;
      const { name } = network.layers[1]!;
      floats(places.values, network.parameterCount).set(layerCase.parameters);
      floats(plan.activations.get('input')!, layerCase.x.length).set(layerCase.x);
      floats(plan.gradients.get(name)!, layerCase.dy.length).set(layerCase.dy);
      if (layerCase.kept) writeMasks({ plan, buffer }, network, { [name]: layerCase.kept });
      await team.run([{ program, offset: 0, count: images }]);
      return {
        y: floats(plan.activations.get(name)!, layerCase.dy.length).slice(),
        dx: floats(plan.gradients.get('input')!, layerCase.x.length).slice(),
        parameterGradients: floats(places.gradients, network.parameterCount).slice(),
      };
    },
    close: () => team.close(),
  };
}
