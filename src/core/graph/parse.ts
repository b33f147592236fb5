import { SelvedgeError } from '../errors.ts';
import { definitionOf, layerTypes } from './layers/index.ts';
import type { OptionCheck } from './options.ts';
import type { LayerSpec, LayerType } from './spec.ts';

function fail(message: string): never {
  throw new SelvedgeError('bad-spec', message);
}

/** A value as JSON, or its type where JSON has no word for it. */
function show(value: unknown): string {
  try {
    return JSON.stringify(value) ?? typeof value;
  } catch {
    return typeof value;
  }
}

const isName = (value: unknown) => typeof value === 'string' && /^[\w.-]+$/.test(value);

function parseLayer(value: unknown, position: number): LayerSpec {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    fail(`Layer ${position} is not an object such as {"type": "dense", "units": 10}.`);
  }
  const { type, name, inputs, ...given } = value as Record<string, unknown>;
  const where = `Layer ${isName(name) ? name : position}`;
  if (!layerTypes.includes(type as LayerType)) {
    fail(`${where} has the unknown type ${show(type)}; the types are ${layerTypes.join(', ')}.`);
  }
  if (name !== undefined && !isName(name)) {
    fail(`${where} (${type}) has a name that is not made of letters, digits, '_', '-' and '.'.`);
  }
  if (
    inputs !== undefined &&
    !(Array.isArray(inputs) && inputs.length > 0 && inputs.every((one) => typeof one === 'string'))
  ) {
    fail(`${where} (${type}): inputs is ${show(inputs)}, but should be a list of layers' names.`);
  }
  const definition = definitionOf({ type } as LayerSpec);
  const options = definition.options as Record<string, OptionCheck>;
  for (const option of Object.keys(given)) {
    if (!Object.hasOwn(options, option)) {
      const known = Object.keys(options);
      fail(
        `${where} (${type}) has the unknown option '${option}'; ` +
          (known.length > 0 ? `its options are ${known.join(', ')}.` : 'it takes none but name and inputs.'),
      );
    }
    const expected = options[option]!(given[option]);
    if (expected) fail(`${where} (${type}): ${option} is ${show(given[option])}, but should be ${expected}.`);
  }
  for (const option of definition.required as readonly string[]) {
    if (given[option] === undefined) fail(`${where} (${type}) lacks the option ${option}.`);
  }
  return value as LayerSpec;
}

/**
 * Checks a network that came from outside: a JSON list of typed layers.
 * @throws SelvedgeError 'bad-spec' naming the layer and what is wrong with it
 */
export function parseNetwork(value: unknown): readonly LayerSpec[] {
  if (!Array.isArray(value)) fail('A network is a JSON list of layers, the first of type input; this is no list.');
  return value.map((layer, i) => parseLayer(layer, i + 1));
}
