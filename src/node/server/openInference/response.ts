import { quoted } from '../parameters.ts';
import { refuse } from '../refusals.ts';
import type { Served } from '../registry.ts';
import type { InferenceRequest } from './request.ts';

/** The outputs of every model: [N, Y] probabilities, and of each picture the most probable class's label and name. */
export const outputsOf = (classes: number) =>
  [
    { name: 'probabilities', datatype: 'FP32', shape: [-1, classes] },
    { name: 'label', datatype: 'INT64', shape: [-1] },
    { name: 'class_name', datatype: 'BYTES', shape: [-1] },
  ] as const;

type OutputName = ReturnType<typeof outputsOf>[number]['name'];

/** A response's JSON, and the binary outputs that follow it. */
export interface InferenceResponse {
  readonly json: Readonly<Record<string, unknown>>;
  readonly binary: readonly Buffer[];
}

/** @throws Refusal 'bad-tensor' where an output is asked for that there is not. */
export function inferenceResponse(
  { name, version, model, trust }: Served,
  { id, outputs, binaryOutput }: InferenceRequest,
  probabilities: Float32Array,
): InferenceResponse {
  const { classNames } = model;
  const all = outputsOf(classNames.length);
  const asked = outputs ?? all.map((output) => ({ name: output.name, binary: undefined }));
  const count = probabilities.length / classNames.length;
  const best = Array.from({ length: count }, (_, n) => {
    const row = probabilities.subarray(n * classNames.length, (n + 1) * classNames.length);
    return row.indexOf(row.reduce((a, b) => Math.max(a, b)));
  });
  const data: Readonly<Record<OutputName, () => { values: readonly (number | string)[]; bytes: () => Buffer }>> = {
    probabilities: () => ({ values: Array.from(probabilities), bytes: () => floatBytes(probabilities) }),
    label: () => ({ values: best, bytes: () => Buffer.from(BigInt64Array.from(best, BigInt).buffer) }),
    class_name: () => {
      const values = best.map((label) => classNames[label]!);
      return { values, bytes: () => textBytes(values) };
    },
  };
  const binary: Buffer[] = [];
  const answered = asked.map((wanted) => {
    const known = all.find((output) => output.name === wanted.name);
    if (!known) {
      throw refuse(
        'bad-tensor',
        `There is no output ${quoted(wanted.name)}; there are ${all.map((output) => output.name).join(', ')}.`,
      );
    }
    const { values, bytes } = data[known.name]();
    const described = { name: known.name, datatype: known.datatype, shape: [count, ...known.shape.slice(1)] };
    if (!(wanted.binary ?? binaryOutput)) return { ...described, data: values };
    const own = bytes();
    binary.push(own);
    return { ...described, parameters: { binary_data_size: own.length } };
  });
  const json = {
    model_name: name,
    model_version: version,
    ...(id === undefined ? {} : { id }),
    parameters: { calibrated: trust.calibrated },
    outputs: answered,
  };
  return { json, binary };
}

function floatBytes(values: Float32Array): Buffer {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength);
}

function textBytes(texts: readonly string[]): Buffer {
  return Buffer.concat(
    texts.flatMap((text) => {
      const bytes = Buffer.from(text, 'utf8');
      const length = Buffer.alloc(4);
      length.writeUInt32LE(bytes.length);
      return [length, bytes];
    }),
  );
}
