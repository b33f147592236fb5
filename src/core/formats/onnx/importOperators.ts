import type { LayerSpec } from '../../graph/spec.ts';
import { refuse, type View } from './importLayers.ts';
import { isView, type NodeContext, type Operator, scalarOf, shortest, viewOf } from './importNode.ts';
import { shaping } from './importShapes.ts';
import { weighted } from './importWeights.ts';
import { windowed } from './importWindows.ts';
import { dataTypes } from './messages.ts';

const onEachValue =
  (spec: (context: NodeContext) => LayerSpec): Operator =>
  (context) => {
    const value = viewOf(context);
    return context.layers.onEachValue(spec(context), value, context.name);
  };

const identity: Operator = (context) => viewOf(context);

/** Division by a scalar: of the input, or as a temperature. */
function divided(value: View, by: number): View {
  if (!(Number.isFinite(by) && by > 0)) refuse(`it divides by ${by}`);
  return { ...value, divisor: shortest((value.divisor ?? 1) * by) };
}

const operators: Readonly<Record<string, Operator>> = {
  ...windowed,
  ...weighted,
  ...shaping,
  Identity: identity,
  Cast(context) {
    const to = context.attributes.int('to', 0);
    context.attributes.int('saturate', 1);
    return to === dataTypes.float ? viewOf(context) : refuse('it converts to another type than float32');
  },
  Relu: onEachValue(() => ({ type: 'relu' })),
  LeakyRelu: onEachValue(({ attributes }) => ({
    type: 'leakyRelu',
    negativeSlope: shortest(attributes.float('alpha', 0.01)),
  })),
  Clip: onEachValue((context) => {
    const [low, high = Number.POSITIVE_INFINITY] = [scalarOf(context, 1), scalarOf(context, 2)];
    if (low === 0 && high === 6) return { type: 'relu6' };
    return low === 0 && high > 3e38 ? { type: 'relu' } : refuse(`it limits values to ${low} and ${high}`);
  }),
  Dropout: onEachValue((context) => {
    if ((scalarOf(context, 2) ?? 0) !== 0) refuse('it drops values at inference too');
    context.attributes.int('seed', 0);
    return { type: 'dropout', rate: shortest(scalarOf(context, 1) ?? context.attributes.float('ratio', 0.5)) };
  }),
  Softmax(context) {
    const value = viewOf(context);
    const axis = context.attributes.int('axis', context.opset < 13 ? 1 : -1);
    if (value.dims.length !== 1 || (axis !== 1 && axis !== -1)) refuse('it is not over a vector of classes');
    const isInput = value.layer === context.layers.inputName;
    const layer = context.layers.vector(isInput ? value : { ...value, divisor: 1 });
    const result = context.layers.add({ type: 'softmax' }, [layer], {}, context.name);
    if (!isInput && value.divisor !== undefined && value.divisor !== 1) context.temperatures.set(result, value.divisor);
    return { ...value, layer: result, divisor: 1, name: undefined };
  },
  LogSoftmax(context) {
    context.notes.push('The file puts out logarithms of probabilities; the model puts out the probabilities.');
    return operators['Softmax']!(context);
  },
  Div(context) {
    return divided(viewOf(context), scalarOf(context, 1) ?? refuse('it lacks its divisor'));
  },
  Mul(context) {
    const at = isView(context.inputs[0]) ? 1 : 0;
    const factor = scalarOf(context, at) ?? refuse('it lacks its factor');
    // A factor such as 1 ÷ 255 stands for a division by a whole number.
    const nearest = Math.round(1 / factor);
    return divided(viewOf(context, 1 - at), Math.fround(1 / nearest) === factor ? nearest : 1 / factor);
  },
};

/** The operators that stand for layers, or for nothing. */
export const operatorNames: readonly string[] = Object.keys(operators);

/** What an operator makes of its inputs. */
export function importOperator(opType: string): Operator | undefined {
  return Object.hasOwn(operators, opType) ? operators[opType] : undefined;
}
