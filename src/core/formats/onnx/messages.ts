import { type Decoded, decodeMessage, encodeMessage, type Message } from './protobuf.ts';

// The messages of ONNX, as far as networks of this program's layers need them, with the names of the ONNX specification.
// @see https://github.com/onnx/onnx/blob/main/onnx/onnx.proto

const repeated = true;

const dimension = { dimValue: { number: 1, type: 'int' }, dimParam: { number: 2, type: 'string' } } as const;
const tensorShape = { dim: { number: 1, type: dimension, repeated } } as const;
const tensorType = { elemType: { number: 1, type: 'int' }, shape: { number: 2, type: tensorShape } } as const;
const typeOfValue = { tensorType: { number: 1, type: tensorType } } as const;
const valueInfo = { name: { number: 1, type: 'string' }, type: { number: 2, type: typeOfValue } } as const;
const stringEntry = { key: { number: 1, type: 'string' }, value: { number: 2, type: 'string' } } as const;

const tensor = {
  dims: { number: 1, type: 'int', repeated },
  dataType: { number: 2, type: 'int' },
  floatData: { number: 4, type: 'float', repeated },
  int32Data: { number: 5, type: 'int', repeated },
  int64Data: { number: 7, type: 'int', repeated },
  name: { number: 8, type: 'string' },
  rawData: { number: 9, type: 'bytes' },
  externalData: { number: 13, type: stringEntry, repeated },
  dataLocation: { number: 14, type: 'int' },
} as const;

const attribute = {
  name: { number: 1, type: 'string' },
  f: { number: 2, type: 'float' },
  i: { number: 3, type: 'int' },
  s: { number: 4, type: 'bytes' },
  t: { number: 5, type: tensor },
  floats: { number: 7, type: 'float', repeated },
  ints: { number: 8, type: 'int', repeated },
  type: { number: 20, type: 'int' },
} as const;

const node = {
  input: { number: 1, type: 'string', repeated },
  output: { number: 2, type: 'string', repeated },
  name: { number: 3, type: 'string' },
  opType: { number: 4, type: 'string' },
  attribute: { number: 5, type: attribute, repeated },
  domain: { number: 7, type: 'string' },
} as const;

const graph = {
  node: { number: 1, type: node, repeated },
  name: { number: 2, type: 'string' },
  initializer: { number: 5, type: tensor, repeated },
  input: { number: 11, type: valueInfo, repeated },
  output: { number: 12, type: valueInfo, repeated },
} as const;

const operatorSet = { domain: { number: 1, type: 'string' }, version: { number: 2, type: 'int' } } as const;

const model = {
  irVersion: { number: 1, type: 'int' },
  producerName: { number: 2, type: 'string' },
  producerVersion: { number: 3, type: 'string' },
  docString: { number: 6, type: 'string' },
  graph: { number: 7, type: graph },
  opsetImport: { number: 8, type: operatorSet, repeated },
  metadataProps: { number: 14, type: stringEntry, repeated },
} as const satisfies Message;

export type ModelProto = Decoded<typeof model>;
export type GraphProto = Decoded<typeof graph>;
export type NodeProto = Decoded<typeof node>;
export type AttributeProto = Decoded<typeof attribute>;
export type TensorProto = Decoded<typeof tensor>;
export type ValueInfoProto = Decoded<typeof valueInfo>;

/** TensorProto.DataType */
export const dataTypes = { float: 1, uint8: 2, int32: 6, int64: 7, bool: 9 } as const;
/** AttributeProto.AttributeType */
export const attributeTypes = { float: 1, int: 2, string: 3, tensor: 4, ints: 7 } as const;
/** TensorProto.DataLocation */
export const externalLocation = 1;

export function encodeModel(values: ModelProto): Uint8Array {
  return encodeMessage(model, values);
}

/** @throws SelvedgeError 'bad-model' with a phrase for the middle of a sentence */
export function decodeModel(bytes: Uint8Array): ModelProto {
  return decodeMessage(model, bytes);
}
