import { z } from 'zod';
import type { PhotoPreparation } from '../../../../core/data/fitPicture.ts';
import { httpError } from '../../errors.ts';
import type { Served } from '../../models/registry.ts';
import type { ReliableAnswers } from '../../models/reliability.ts';
import { quoted } from '../parameters.ts';
import type { InferenceRequest } from './request.ts';

const tensorMetadata = z.object({ name: z.string(), datatype: z.string(), shape: z.array(z.int()) });

export const modelMetadata = z
  .object({
    name: z.string(),
    versions: z.array(z.string()),
    platform: z.string(),
    inputs: z.array(tensorMetadata),
    outputs: z.array(tensorMetadata),
  })
  .meta({ id: 'ModelMetadata' });

export const inferenceResponse = z
  .object({
    model_name: z.string(),
    model_version: z.string(),
    id: z.string().optional(),
    // The protocol's parameters are single values, so the conversions are JSON within JSON.
    parameters: z
      .object({ calibrated: z.boolean(), hint: z.string().optional(), conversions: z.string().optional() })
      .optional(),
    outputs: z.array(
      tensorMetadata.extend({
        parameters: z.object({ binary_data_size: z.int() }).optional(),
        data: z.custom<readonly (number | string | boolean)[]>().meta({ type: 'array' }).optional(),
      }),
    ),
  })
  .meta({ id: 'InferenceResponse' });

const everyOutput = [
  { name: 'probabilities', datatype: 'FP32' },
  { name: 'label', datatype: 'INT64' },
  { name: 'class_name', datatype: 'BYTES' },
  { name: 'familiar', datatype: 'BOOL' },
  { name: 'familiarity', datatype: 'FP32' },
] as const;

type OutputName = (typeof everyOutput)[number]['name'];
type Values = readonly (number | string | boolean)[];

/**
 * A model's outputs: probabilities [N, Y]; of each picture the most probable class's label and name; and, where the model can
 * detect it, whether the picture is like the training data, and the score that decides it.
 */
export function outputsOf({ model, reliability }: Pick<Served, 'model' | 'reliability'>) {
  return everyOutput
    .filter(({ name }) => reliability.detectsOutOfDistribution || !name.startsWith('familiar'))
    .map((output) => ({ ...output, shape: output.name === 'probabilities' ? [-1, model.classNames.length] : [-1] }));
}

/**
 * A response's JSON, and the binary outputs that follow it.
 * @throws HttpError 'bad-tensor' where a requested output does not exist.
 */
export function encodeResponse(
  served: Served,
  { id, outputs, binaryOutput }: InferenceRequest,
  { probabilities, familiarity }: ReliableAnswers,
  conversions: readonly PhotoPreparation[] | undefined,
): { json: z.infer<typeof inferenceResponse>; binary: readonly Buffer[] } {
  const { name, version, reliability } = served;
  const { classNames } = served.model;
  const all = outputsOf(served);
  const requested: NonNullable<InferenceRequest['outputs']> = outputs ?? all;
  const count = probabilities.length / classNames.length;
  const best = Array.from({ length: count }, (_, n) => {
    const row = probabilities.subarray(n * classNames.length, (n + 1) * classNames.length);
    return row.indexOf(row.reduce((a, b) => Math.max(a, b)));
  });
  const data: Readonly<Record<OutputName, () => Values>> = {
    probabilities: () => Array.from(probabilities),
    label: () => best,
    class_name: () => best.map((label) => classNames[label]!),
    familiar: () => familiarity!.map(({ familiar }) => familiar),
    familiarity: () => familiarity!.map(({ score }) => score),
  };
  const binary: Buffer[] = [];
  const encoded = requested.map(({ name: wanted, parameters }) => {
    const known = all.find((output) => output.name === wanted);
    if (!known) {
      const names = all.map((output) => output.name).join(', ');
      throw httpError('bad-tensor', `There is no output ${quoted(wanted)}; there are ${names}.`);
    }
    const values = data[known.name]();
    const described = { name: known.name, datatype: known.datatype, shape: [count, ...known.shape.slice(1)] };
    if (!(parameters?.binary_data ?? binaryOutput)) return { ...described, data: values };
    const own = bytesOf[known.datatype](values as never);
    binary.push(own);
    return { ...described, parameters: { binary_data_size: own.length } };
  });
  const json = {
    model_name: name,
    model_version: version,
    // JSON leaves out what is undefined.
    id,
    parameters: {
      calibrated: reliability.calibrated,
      hint: reliability.hint,
      conversions: conversions && JSON.stringify(conversions),
    },
    outputs: encoded,
  };
  return { json, binary };
}

const bytesOf = {
  FP32: (values: readonly number[]) => Buffer.from(Float32Array.from(values).buffer),
  INT64: (values: readonly number[]) => Buffer.from(BigInt64Array.from(values, BigInt).buffer),
  BOOL: (values: readonly boolean[]) => Buffer.from(values.map(Number)),
  BYTES: textBytes,
};

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
