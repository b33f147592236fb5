import { definitionOf } from './layers/index.ts';
import type { Network } from './network.ts';
import { formatShape, type Shape, sizeOf } from './shape.ts';
import type { LayerType } from './spec.ts';

/** One row of a network's summary. Shapes leave out the batch; `multiplyAdds` is per image, forward only. */
export interface LayerSummary {
  readonly name: string;
  readonly type: LayerType;
  /** The layers whose outputs it reads. */
  readonly inputs: readonly string[];
  readonly outputShape: Shape;
  readonly parameters: number;
  readonly multiplyAdds: number;
}

export function summarise(network: Network): readonly LayerSummary[] {
  return network.layers.map(({ name, spec, inputs, inputShape, outputShape, parameters }) => ({
    name,
    type: spec.type,
    inputs: inputs.map((source) => source.name),
    outputShape,
    parameters: parameters.reduce((sum, { shape }) => sum + sizeOf(shape), 0),
    multiplyAdds: definitionOf(spec).multiplyAdds?.(spec, inputShape, outputShape) ?? 0,
  }));
}

/** Whether each layer reads the one before it and nothing else. */
export function isChain(layers: readonly LayerSummary[]): boolean {
  return layers.every(({ inputs }, i) => inputs.join() === (layers[i - 1]?.name ?? ''));
}

/** The summary as a table of plain text, as Keras prints it. */
export function formatSummary(network: Network): string {
  const number = (n: number) => n.toLocaleString('en-US');
  const layers = summarise(network);
  const total = (key: 'parameters' | 'multiplyAdds') => number(layers.reduce((sum, layer) => sum + layer[key], 0));
  // In a chain the order of the rows says it.
  const isOrdered = isChain(layers);
  const reads = (text: string) => (isOrdered ? [] : [text]);
  const rows = [
    ['layer (type)', 'output shape', ...reads('inputs'), 'parameters', 'multiply-adds'],
    ...layers.map((l) => [
      `${l.name} (${l.type})`,
      formatShape(l.outputShape),
      ...reads(l.inputs.join(', ')),
      number(l.parameters),
      number(l.multiplyAdds),
    ]),
    ['total', '', ...reads(''), total('parameters'), total('multiplyAdds')],
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lines = rows.map((row) =>
    row.map((cell, i) => (i < row.length - 2 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  '),
  );
  const rule = '─'.repeat(lines[0]!.length);
  return [lines[0], rule, ...lines.slice(1, -1), rule, lines.at(-1)].join('\n');
}
