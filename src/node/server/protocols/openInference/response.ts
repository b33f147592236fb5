import type { PhotoConversion } from '../../../../core/data/convertPhoto.ts';
import { quoted } from '../parameters.ts';
import { refuse } from '../../errors.ts';
import type { Served } from '../../models/registry.ts';
import type { Judged } from '../../models/reliability.ts';
import type { InferenceRequest } from './request.ts';

const everyOutput = [
  { name: 'probabilities', datatype: 'FP32' },
  { name: 'label', datatype: 'INT64' },
  { name: 'class_name', datatype: 'BYTES' },
  { name: 'familiar', datatype: 'BOOL' },
  { name: 'familiarity', datatype: 'FP32' },
] as const;

type OutputName = (typeof everyOutput)[number]['name'];

/**
 * A model's outputs: probabilities [N, Y]; of each picture the most probable class's label and name; and, where the model's
 * card can tell, whether the picture is like the training data, and the score that says so.
 */
export function outputsOf({ model, trust }: Pick<Served, 'model' | 'trust'>) {
  return everyOutput
    .filter(({ name }) => trust.judgesFamiliarity || !name.startsWith('familiar'))
    .map((output) => ({ ...output, shape: output.name === 'probabilities' ? [-1, model.classNames.length] : [-1] }));
}

/** A response's JSON, and the binary outputs that follow it. */
export interface InferenceResponse {
  readonly json: Readonly<Record<string, unknown>>;
  readonly binary: readonly Buffer[];
}

/** @throws Refusal 'bad-tensor' where an output is asked for that there is not. */
export function inferenceResponse(
  served: Served,
  { id, outputs, binaryOutput }: InferenceRequest,
  { probabilities, familiarity }: Judged,
  conversions: readonly PhotoConversion[] | undefined,
): InferenceResponse {
  const { name, version, trust } = served;
  const { classNames } = served.model;
  const all = outputsOf(served);
  const asked = outputs ?? all.map((output) => ({ name: output.name, binary: undefined }));
  const count = probabilities.length / classNames.length;
  const best = Array.from({ length: count }, (_, n) => {
    const row = probabilities.subarray(n * classNames.length, (n + 1) * classNames.length);
    return row.indexOf(row.reduce((a, b) => Math.max(a, b)));
  });
  const data: Readonly<
    Record<OutputName, () => { values: readonly (number | string | boolean)[]; bytes: () => Buffer }>
  > = {
    probabilities: () => ({ values: Array.from(probabilities), bytes: () => floatBytes(probabilities) }),
    label: () => ({ values: best, bytes: () => Buffer.from(BigInt64Array.from(best, BigInt).buffer) }),
    class_name: () => {
      const values = best.map((label) => classNames[label]!);
      return { values, bytes: () => textBytes(values) };
    },
    familiar: () => {
      const values = familiarity!.map(({ familiar }) => familiar);
      return { values, bytes: () => Buffer.from(values.map(Number)) };
    },
    familiarity: () => {
      const values = familiarity!.map(({ score }) => score);
      return { values, bytes: () => floatBytes(Float32Array.from(values)) };
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
    // The protocol's parameters are single values, so what was done to images is JSON within JSON.
    parameters: {
      calibrated: trust.calibrated,
      ...(trust.hint === undefined ? {} : { hint: trust.hint }),
      ...(conversions && { conversions: JSON.stringify(conversions) }),
    },
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
