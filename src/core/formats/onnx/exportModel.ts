import { dependenciesOf, logitsOf } from '../../graph/network.ts';
import { sizeOf } from '../../graph/shape.ts';
import type { Model } from '../../model/model.ts';
import { writeReliability } from '../reliabilityMetadata.ts';
import { describeExport, type ExportForm } from './describe.ts';
import { exportLayers } from './exportLayers.ts';
import { channelsFirst, createGraphBuilder, integers } from './graphBuilder.ts';
import { dataTypes, encodeModel, type ValueInfoProto } from './messages.ts';

const opset = 17;
const irVersion = 8;
export const producer = 'selvedge';
/** The entries of a file's metadata, as JSON. */
export const metadataKeys = {
  classNames: 'selvedge.classNames',
  preprocessing: 'selvedge.preprocessing',
  reliability: 'selvedge.reliability',
} as const;

export interface OnnxExport {
  readonly bytes: Uint8Array;
  /** What a program that runs the network must know, a sentence each; the same stand in the file's description. */
  readonly facts: readonly string[];
}

/**
 * A model as an ONNX file: opset 17, pictures with the channels first, any number of images. The same model and form give the
 * same bytes. The outputs are the probabilities that this program predicts: a temperature of the model is a node of the graph.
 * @param version this program's, for the file's producer
 */
export function writeOnnx(model: Model, form: ExportForm, version: string): OnnxExport {
  const { network, parameters, classNames, preprocessing, reliability } = model;
  const graph = createGraphBuilder();
  const logits = logitsOf(network);
  const needed = dependenciesOf([logits]);
  const temperature = reliability?.calibration.temperature ?? 1;
  const isLast = temperature === 1 && form.output === 'logits';
  // The layers that put out the file's output have its name.
  const renamed = isLast ? [network.output, logits] : [network.output];
  const names = new Set(network.layers.filter((layer) => !renamed.includes(layer)).map(({ name }) => name));
  const unused = (name: string): string => (names.has(name) ? unused(`${name}_`) : name);
  const [inputLayer] = network.execution;
  const shape = inputLayer!.outputShape;
  const isBytes = form.input === 'uint8';
  const input = isBytes ? unused('pixels') : form.inputName === undefined ? inputLayer!.name : unused(form.inputName);
  // Other layers' values keep their names, by which they are found again.
  const first = isBytes ? inputLayer!.name : input;
  const output = unused(form.output);
  if (isBytes) {
    const floats = graph.node('Cast', [input], `${input}/float32`, [{ name: 'to', i: dataTypes.float, type: 2 }]);
    const scaled = shape.length === 1 ? first : `${input}/scaled`;
    graph.node('Div', [floats, graph.scalar(preprocessing.divideBy)], scaled);
    if (shape.length === 3) graph.node('Transpose', [scaled], first, [integers('perm', [0, 3, 1, 2])]);
  }

  let last = exportLayers(
    network,
    parameters,
    network.execution.filter((layer) => needed.has(layer)),
    graph,
    (layer) => (layer === inputLayer ? first : layer === logits && isLast ? output : layer.name),
  );
  if (temperature !== 1) {
    const divided = form.output === 'logits' ? output : `${output}/calibrated`;
    last = graph.node('Div', [last, graph.scalar(temperature)], divided);
  }
  if (form.output === 'probabilities') graph.node('Softmax', [last], output, [{ name: 'axis', i: 1, type: 2 }]);
  else if (last !== output) graph.node('Identity', [last], output);

  const facts = describeExport(model, form, { input, output });
  const metadata = {
    [metadataKeys.classNames]: JSON.stringify(classNames),
    [metadataKeys.preprocessing]: JSON.stringify(preprocessing),
    ...(reliability && { [metadataKeys.reliability]: writeReliability({ ...reliability, familiarity: null }).json }),
  };
  const value = (name: string, elemType: number, dims: readonly number[]): ValueInfoProto => ({
    name,
    type: { tensorType: { elemType, shape: { dim: [{ dimParam: 'N' }, ...dims.map((dimValue) => ({ dimValue }))] } } },
  });
  const bytes = encodeModel({
    irVersion,
    producerName: producer,
    producerVersion: version,
    docString: facts.join('\n'),
    graph: {
      node: graph.nodes,
      name: 'network',
      initializer: graph.initializers,
      input: [isBytes ? value(input, dataTypes.uint8, shape) : value(input, dataTypes.float, channelsFirst(shape))],
      output: [value(output, dataTypes.float, [sizeOf(network.outputShape)])],
    },
    opsetImport: [{ domain: '', version: opset }],
    metadataProps: Object.entries(metadata).map(([key, text]) => ({ key, value: text })),
  });
  return { bytes, facts };
}
