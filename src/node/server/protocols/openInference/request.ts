import { isObject, parseJson } from '../json.ts';
import { refuse } from '../../errors.ts';

/** The tensors that an inference asks about, as the Open Inference Protocol's `$inference_request` has them. */
export interface InferenceRequest {
  readonly id: string | undefined;
  readonly input: InputTensor;
  /** The outputs asked for; undefined for all. */
  readonly outputs: readonly RequestedOutput[] | undefined;
  /** Whether outputs are binary where nothing is said of one. */
  readonly binaryOutput: boolean;
}

export interface InputTensor {
  readonly datatype: string;
  readonly shape: readonly number[];
  /** JSON values, nested or flat. */
  readonly data: readonly unknown[] | undefined;
  /** Or little-endian bytes, from behind the JSON. */
  readonly binary: Buffer | undefined;
}

export interface RequestedOutput {
  readonly name: string;
  readonly binary: boolean | undefined;
}

/** The model's one input. */
export const inputName = 'images';

/**
 * Reads a request's body.
 *
 * With the binary tensor extension the body is JSON of `headerLength` bytes, then the data of the input whose parameter
 * `binary_data_size` says how many bytes these are.
 *
 * @param mostJson how many bytes the JSON may have.
 * @throws Refusal 'bad-json', 'body-too-large' or 'bad-tensor'
 */
export function readInferenceRequest(
  body: Buffer,
  headerLength: number | undefined,
  mostJson: number,
): InferenceRequest {
  const end = headerLength ?? body.length;
  if (end > body.length) {
    throw refuse('bad-tensor', `Inference-Header-Content-Length is ${end}, but the body has ${body.length} bytes.`);
  }
  // Whatever the content type says: JSON is read on the event loop.
  if (end > mostJson) throw refuse('body-too-large', `The JSON has more than ${mostJson} bytes: send binary tensors.`);
  const json = parseJson(body.subarray(0, end));
  if (!isObject(json)) throw refuse('bad-json', 'The JSON is no object.');
  const { id, inputs, outputs } = json;
  if (id !== undefined && typeof id !== 'string') throw refuse('bad-json', 'The id is no string.');
  if (!Array.isArray(inputs) || inputs.length !== 1) {
    throw refuse('bad-tensor', `The inputs should be a list of one tensor, called '${inputName}'.`);
  }
  return {
    id,
    input: readInput(inputs[0], body.subarray(end)),
    outputs: outputs === undefined ? undefined : readOutputs(outputs),
    binaryOutput: readFlag(json['parameters'], 'binary_data_output') ?? false,
  };
}

function readInput(input: unknown, rest: Buffer): InputTensor {
  if (!isObject(input)) throw refuse('bad-tensor', 'The input is no object.');
  const { name, datatype, shape, data } = input;
  if (name !== inputName) throw refuse('bad-tensor', `The input should be called '${inputName}'.`);
  if (typeof datatype !== 'string') throw refuse('bad-tensor', "The input's datatype is no string.");
  if (!Array.isArray(shape) || !shape.every((size) => Number.isSafeInteger(size) && size >= 0)) {
    throw refuse(
      'bad-tensor',
      "The input's shape should be a list of whole numbers from 0 up; -1 stands in metadata only.",
    );
  }
  const size = readParameters(input['parameters'])['binary_data_size'];
  if (size === undefined) {
    if (rest.length > 0) throw refuse('bad-tensor', `${rest.length} bytes follow the JSON, of which no input speaks.`);
    if (!Array.isArray(data))
      throw refuse('bad-tensor', "The input's data is no list, and there is no binary_data_size.");
    return { datatype, shape, data, binary: undefined };
  }
  if (data !== undefined) throw refuse('bad-tensor', 'The input has data in the JSON and behind it.');
  if (size !== rest.length) {
    throw refuse(
      'bad-tensor',
      `The input's binary_data_size should be ${rest.length}, the bytes that follow the JSON.`,
    );
  }
  return { datatype, shape, data: undefined, binary: rest };
}

function readOutputs(outputs: unknown): RequestedOutput[] {
  if (!Array.isArray(outputs)) throw refuse('bad-tensor', 'The outputs are no list.');
  const names = new Set<string>();
  return outputs.map((output) => {
    if (!isObject(output) || typeof output['name'] !== 'string') throw refuse('bad-tensor', 'An output has no name.');
    // A small request could ask for gigabytes otherwise.
    if (names.has(output['name'])) throw refuse('bad-tensor', 'An output is asked for more than once.');
    names.add(output['name']);
    return { name: output['name'], binary: readFlag(output['parameters'], 'binary_data') };
  });
}

function readFlag(parameters: unknown, name: string): boolean | undefined {
  const flag = readParameters(parameters)[name];
  if (flag !== undefined && typeof flag !== 'boolean')
    throw refuse('bad-tensor', `The parameter ${name} is no boolean.`);
  return flag;
}

function readParameters(parameters: unknown): Readonly<Record<string, unknown>> {
  if (parameters === undefined) return {};
  if (!isObject(parameters)) throw refuse('bad-tensor', 'The parameters are no object.');
  return parameters;
}
