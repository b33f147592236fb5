import { z } from 'zod';
import { httpError } from '../../errors.ts';
import { readJson } from '../json.ts';
import { examplePng } from '../schemas.ts';

/** The model's one input. */
export const inputName = 'images';

const tensor = z.object({
  name: z.literal(inputName),
  datatype: z.enum(['UINT8', 'FP32', 'BYTES']),
  shape: z.array(z.int().min(0)),
  parameters: z.object({ binary_data_size: z.int().optional() }).optional(),
  // JSON values, nested or flat: they are checked while they are read, once.
  data: z.custom<readonly unknown[]>(Array.isArray, { error: 'expected array' }).meta({ type: 'array' }).optional(),
});

const output = z.object({
  name: z.string(),
  parameters: z.object({ binary_data: z.boolean().optional() }).optional(),
});

/** `$inference_request` of the Open Inference Protocol, for models with one input. */
export const inferenceRequest = z
  .object({
    id: z.string().optional(),
    parameters: z
      .object({ binary_data_output: z.boolean().optional().describe('Whether outputs are binary by default.') })
      .optional(),
    inputs: z.array(tensor).length(1),
    outputs: z
      .array(output)
      // A small request could ask for gigabytes otherwise.
      .refine((outputs) => new Set(outputs.map(({ name }) => name)).size === outputs.length, {
        error: 'an output is requested more than once',
      })
      .optional(),
  })
  .meta({
    id: 'InferenceRequest',
    examples: [{ id: '1', inputs: [{ name: inputName, datatype: 'BYTES', shape: [1], data: [examplePng] }] }],
  });

/** A request's one input, and its options. */
export interface InferenceRequest extends Pick<z.infer<typeof inferenceRequest>, 'id' | 'outputs'> {
  readonly input: InputTensor;
  /** Whether outputs are binary by default. */
  readonly binaryOutput: boolean;
}

export interface InputTensor extends Pick<z.infer<typeof tensor>, 'datatype' | 'shape' | 'data'> {
  /** Little-endian bytes, from behind the JSON, instead of `data`. */
  readonly binary: Buffer | undefined;
}

/**
 * Reads a request's body.
 *
 * With the binary tensor extension the body is JSON of `headerLength` bytes, then the input's data, whose length is the input's
 * parameter `binary_data_size`.
 *
 * @param mostJson how many bytes the JSON may have.
 * @throws HttpError 'bad-json', 'body-too-large' or 'bad-tensor'
 */
export function readInferenceRequest(
  body: Buffer,
  headerLength: number | undefined,
  mostJson: number,
): InferenceRequest {
  const end = headerLength ?? body.length;
  if (end > body.length) {
    throw httpError('bad-tensor', `Inference-Header-Content-Length is ${end}, but the body has ${body.length} bytes.`);
  }
  // For any content type, because JSON is parsed on the event loop.
  if (end > mostJson) {
    throw httpError('body-too-large', `The JSON has more than ${mostJson} bytes: send binary tensors.`);
  }
  const { id, inputs, outputs, parameters } = readJson(inferenceRequest, body.subarray(0, end), ([first]) =>
    first === undefined || first === 'id' ? 'bad-json' : 'bad-tensor',
  );
  const [input] = inputs as [z.infer<typeof tensor>];
  const binary = binaryOf(input, body.subarray(end));
  return { id, input: { ...input, binary }, outputs, binaryOutput: parameters?.binary_data_output ?? false };
}

/** @throws HttpError 'bad-tensor' */
function binaryOf({ parameters, data }: z.infer<typeof tensor>, rest: Buffer): Buffer | undefined {
  const size = parameters?.binary_data_size;
  if (size === undefined && rest.length > 0) {
    throw httpError('bad-tensor', `${rest.length} bytes follow the JSON, but no input has a binary_data_size.`);
  }
  if (size === undefined) {
    if (data !== undefined) return undefined;
    throw httpError('bad-tensor', 'The input has neither data nor binary_data_size.');
  }
  if (data !== undefined) throw httpError('bad-tensor', 'The input has data in the JSON and behind it.');
  if (size === rest.length) return rest;
  throw httpError(
    'bad-tensor',
    `The input's binary_data_size should be ${rest.length}, the bytes that follow the JSON.`,
  );
}
