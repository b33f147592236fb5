import { compile } from '../../src/core/compile/compile.ts';
import { createExecutable } from '../../src/core/compile/executable.ts';
import { parameterSet } from '../../src/core/compile/parameterSet.ts';
import { createRecorder } from '../../src/core/compile/recorder.ts';
import { persistentBuffer } from '../../src/core/engine/buffers.ts';
import { kernelCall } from '../../src/core/engine/kernelCall.ts';
import { referenceLayer } from '../../src/core/graph/reference.ts';
import { sizeOf } from '../../src/core/graph/shape.ts';
import { type Implementation, type LayerCase, networkOf } from './contract.ts';
import { inlineEngine, poisoned, watched, withoutDraws, workerEngine } from './engines.ts';
import { writeMasks } from './masks.ts';

function imagesOf({ x, inputShape }: LayerCase): number {
  return x.length / sizeOf(inputShape);
}

/** Plain TypeScript in float64. */
export const reference: Implementation = async (layerCase) => {
  const layer = networkOf(layerCase).layers[1]!;
  const parameters = layer.parameters.map(({ offset, size }) => layerCase.parameters.subarray(offset, offset + size));
  const pass = referenceLayer(layer, [layerCase.x], parameters, layerCase);
  const gradients = pass.parameterGradients?.(layerCase.dy) ?? [];
  return {
    y: pass.forward(),
    dx: pass.inputGradients(layerCase.dy)[0]!,
    parameterGradients: gradients.flatMap((values, p) =>
      Array.from(values, (v) => (layer.parameters[p]!.trainable ? v : 0)),
    ),
  };
};

/** The kernels on the caller's own thread, through a recorder. */
export const wasmInline: Implementation = async (layerCase) => {
  const network = networkOf(layerCase);
  const { name } = network.layers[1]!;
  const { engine, seen } = watched(withoutDraws(poisoned(inlineEngine)));
  const recorder = await createRecorder({
    network,
    parameters: layerCase.parameters,
    engine,
    threads: 1,
    images: imagesOf(layerCase),
    winograd: true,
    training: layerCase.kept !== undefined || (layerCase.batchStatistics ?? false),
    backwardFrom: name,
  });
  if (layerCase.kept) writeMasks(seen(), network, { [name]: layerCase.kept });
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
  const compiled = cases.map((layerCase, i) => {
    const network = networkOf(layerCase);
    const images = imagesOf(layerCase);
    const { name } = network.layers[1]!;
    const parameters = parameterSet(network);
    const samples = persistentBuffer('test', images * 4);
    const context = persistentBuffer('test', 12);
    const net = compile(network, {
      parameters,
      outputs: [name],
      microBatch: images,
      fuse: false,
      winograd: true,
      dropout: layerCase.kept && { samples, context },
      batchStatistics: layerCase.batchStatistics ?? false,
      backwardFrom: name,
      gradientsOf: ['input'],
    });
    const { values: x, gradients } = parameters;
    const P = network.parameterCount;
    const clear = kernelCall('gradients', 'zeroFill', { x: gradients }, { units: P, chunkSize: 8 });
    const calls = [...parameters.pack, ...net.forward, clear, ...net.before, ...net.backward, ...net.after];
    // The masks are written before the run, so nothing may share their memory.
    const masks = calls.flatMap(({ kernel, args }) => (kernel === 'dropoutMask' ? [args[0] as typeof x] : []));
    const kept = [net.input, net.output(name), net.gradient(name), net.gradient('input'), x, gradients, ...masks];
    return { program: `case ${i}` as const, layerCase, network, images, name, parameters, net, calls, kept };
  });
  const { engine, seen } = watched(withoutDraws(poisoned(workerEngine)));
  const executable = await createExecutable(engine, threads, {
    calls: Object.fromEntries(compiled.map(({ program, calls }) => [program, calls])),
    kept: compiled.flatMap(({ kept }) => kept),
    scratchBytes: Math.max(...compiled.map(({ net }) => net.scratchBytes)),
  });
  return {
    async run(layerCase) {
      const at = compiled.findIndex((one) => one.layerCase === layerCase);
      const { program, network, images, name, parameters, net } = compiled[at]!;
      const { floats } = executable;
      floats(parameters.values).set(layerCase.parameters);
      floats(net.input).set(layerCase.x);
      floats(net.gradient(name)).set(layerCase.dy);
      if (layerCase.kept) {
        const options = { ...seen(), programs: [seen().programs[at]!] };
        writeMasks(options, network, { [name]: layerCase.kept });
      }
      await executable.run([{ program, count: images }]);
      return {
        y: floats(net.output(name)).slice(),
        dx: floats(net.gradient('input')).slice(),
        parameterGradients: floats(parameters.gradients).slice(),
      };
    },
    close: () => executable.close(),
  };
}
