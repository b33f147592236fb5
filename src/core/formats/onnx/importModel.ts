import { preprocessingFor } from '../../data/preprocessing.ts';
import { requireAddressable } from '../../engine/start.ts';
import { SelvedgeError } from '../../errors.ts';
import { buildNetwork, type Network, requireClassifier } from '../../graph/network.ts';
import { sizeOf } from '../../graph/shape.ts';
import type { LayerSpec } from '../../graph/spec.ts';
import { classifierPlan } from '../../model/classifier.ts';
import type { Model } from '../../model/model.ts';
import type { ReliabilityMetadata } from '../../model/reliability.ts';
import { classNamesSchema, preprocessingSchema } from '../modelFile.ts';
import { readReliability } from '../reliabilityMetadata.ts';
import { metadataKeys, producer } from './exportModel.ts';
import { importGraph } from './importGraph.ts';
import { type Layers, refuse } from './importLayers.ts';
import { decodeModel, type ModelProto } from './messages.ts';

const oldestOpset = 11;
const newestOpset = 26;

/** How 8-bit pictures become what the graph reads, (value ÷ divideBy − mean) ÷ std, and the classes' names. */
export interface ImportOptions {
  readonly classNames?: readonly string[];
  /** 255 by default, or what an exported file says; 1 where the graph itself divides. */
  readonly divideBy?: number;
  /** One value, or one for each channel; 0 by default. */
  readonly mean?: readonly number[];
  /** 1 by default. */
  readonly std?: readonly number[];
}

export interface Imported {
  readonly model: Model;
  /** What was added or assumed, a sentence each. */
  readonly notes: readonly string[];
}

/**
 * Reads an ONNX file as a model: sequential and branching networks of this program's layers, float32, with their weights in the file.
 * @throws SelvedgeError 'bad-model' naming the file, the node and its operator; 'bad-option' for options that do not fit the network
 */
export function readOnnx(bytes: Uint8Array, file: string, options: ImportOptions = {}): Imported {
  try {
    return importModel(decodeModel(bytes), options);
  } catch (error) {
    if (!(error instanceof SelvedgeError) || error.code === 'bad-option') throw error;
    const what = error.message.replace(/\.$/, '');
    throw new SelvedgeError('bad-model', `${file} cannot be imported: ${what}.`, { cause: error });
  }
}

function importModel(file: ModelProto, options: ImportOptions): Imported {
  const { graph, opsetImport = [], metadataProps = [], producerName } = file;
  if (!graph || file.irVersion === undefined) return refuse('it is not an ONNX file, for it has no graph');
  const opset = opsetImport.find(({ domain = '' }) => domain === '' || domain === 'ai.onnx')?.version ?? 0;
  if (opset < oldestOpset || opset > newestOpset) {
    refuse(`it uses version ${opset} of the operators; versions ${oldestOpset} to ${newestOpset} are read`);
  }
  const metadata = new Map(metadataProps.map(({ key = '', value = '' }) => [key, value]));
  const { layers, temperature, notes } = importGraph(graph, {
    opset,
    isOwn: producerName === producer,
    afterInput: (of) => addNormalization(of, options),
  });
  const { network, parameters } = assemble(layers);
  const classNames = classNamesFor(network, metadata, options);
  const assumed: string[] = [];
  const preprocessing = preprocessingOf(network, layers, metadata, options, assumed);
  if (classNames.isAssumed) {
    assumed.push(
      `The file names no classes, so they are called 0 to ${classNames.names.length - 1}; --class-names names them.`,
    );
  }
  requireClassifier(network, classNames.names.length);
  requireAddressable(classifierPlan(network, preprocessing));
  const reliability = reliabilityOf(network, metadata, temperature);
  const model = {
    network,
    parameters,
    classNames: classNames.names,
    preprocessing,
    ...(reliability && { reliability }),
  };
  return { model, notes: [...notes, ...assumed] };
}

/** Adds (x − mean) ÷ std to the input, as a normalisation that training leaves as it is. */
function addNormalization(layers: Layers, { mean, std }: ImportOptions): string {
  if (!mean && !std) return layers.inputName;
  const C = layers.shapes.get(layers.inputName)!.at(-1)!;
  const each = (values: readonly number[], option: string) => {
    if (values.length === 1 || values.length === C)
      return Float32Array.from({ length: C }, (_, c) => values[c] ?? values[0]!);
    throw new SelvedgeError(
      'bad-option',
      `${option} has ${values.length} numbers, but the pictures have ${C} channels; give one, or ${C}.`,
    );
  };
  // The variance is the square less what the layer adds to it.
  const epsilon = 1e-9;
  const movingVariance = each(std ?? [1], '--std').map((value) => value * value - epsilon);
  const spec: LayerSpec = { type: 'batchNormalization', epsilon, center: false, scale: false, trainable: false };
  return layers.add(spec, [layers.inputName], { movingMean: each(mean ?? [0], '--mean'), movingVariance });
}

function assemble({ found }: Layers): Pick<Model, 'network' | 'parameters'> {
  const network = buildNetwork(found.map(({ spec, name }) => ({ ...spec, name })));
  const parameters = new Float32Array(network.parameterCount);
  const byName = new Map(found.map((layer) => [layer.name, layer.parameters]));
  for (const { name, parameters: own } of network.layers) {
    for (const { role, size, offset } of own) {
      const values = byName.get(name)?.[role];
      if (values?.length !== size) return refuse(`layer ${name} lacks its ${role}`);
      parameters.set(values, offset);
    }
  }
  return { network, parameters };
}

function parsed<T>(metadata: ReadonlyMap<string, string>, key: string, parse: (value: unknown) => T): T | undefined {
  const text = metadata.get(key);
  if (text === undefined) return undefined;
  try {
    return parse(JSON.parse(text));
  } catch (error) {
    if (error instanceof SelvedgeError) throw error;
    return refuse(`its metadata ${key} cannot be read`);
  }
}

function classNamesFor(network: Network, metadata: ReadonlyMap<string, string>, { classNames }: ImportOptions) {
  const count = sizeOf(network.outputShape);
  const given = classNames ?? parsed(metadata, metadataKeys.classNames, (value) => classNamesSchema.parse(value));
  if (given === undefined) return { names: Array.from({ length: count }, (_, i) => String(i)), isAssumed: true };
  if (given.length === count) return { names: given, isAssumed: false };
  if (!classNames) return refuse(`it names ${given.length} classes, but has ${count} outputs`);
  throw new SelvedgeError(
    'bad-option',
    `--class-names has ${given.length} names, but the network has ${count} outputs; name each of them once.`,
  );
}

function preprocessingOf(
  network: Network,
  layers: Layers,
  metadata: ReadonlyMap<string, string>,
  { divideBy, mean, std }: ImportOptions,
  notes: string[],
): Model['preprocessing'] {
  const written = parsed(metadata, metadataKeys.preprocessing, (value) => preprocessingSchema.parse(value));
  const base = { ...preprocessingFor(network.inputShape), ...written, reshape: network.inputShape };
  const inGraph = layers.inputDivisor() ?? 1;
  if (inGraph !== 1) return { ...base, divideBy: inGraph * (divideBy ?? 1) };
  if (divideBy === undefined && !mean && !std && !written) {
    notes.push(
      `Pictures' 8-bit values are divided by ${base.divideBy}, for the file does not say; --divide-by, --mean and --std change that.`,
    );
  }
  return { ...base, divideBy: divideBy ?? base.divideBy };
}

/** The reliability metadata that an exported file has; its temperature must be the graph's. */
function reliabilityOf(
  network: Network,
  metadata: ReadonlyMap<string, string>,
  temperature: number,
): ReliabilityMetadata | undefined {
  const reliability = parsed(metadata, metadataKeys.reliability, (value) => readReliability(value, new Map(), network));
  const expected = reliability?.calibration.temperature ?? 1;
  if (Math.fround(expected) !== Math.fround(temperature)) {
    refuse(
      `its graph divides the logits by ${temperature}, but its metadata has ${reliability ? `the temperature ${expected}` : 'no temperature'}`,
    );
  }
  return reliability;
}
