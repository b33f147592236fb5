import type { ParameterValue, SweepParameter, TrialResult } from '../../core/tuning/result.ts';
import { logScale, logTicks } from '../svg/logScale.ts';
import { linearScale, type Scale, ticks } from '../svg/scale.ts';
import { showParameter } from './objective.ts';

/** A vertical axis of one parameter. */
export interface ParameterAxis {
  readonly name: string;
  /** The height at which a value is drawn; null for a trial without this parameter, or with a value of another kind. */
  readonly place: (value: ParameterValue | undefined) => number | null;
  readonly ticks: readonly { readonly at: number; readonly text: string }[];
}

const mostChoiceTicks = 16;

/**
 * The axis of a parameter from `bottom` to `top`. It reaches values that trials have outside of the range: an earlier space
 * may have allowed them.
 */
export function parameterAxis(
  parameter: SweepParameter,
  trials: readonly TrialResult[],
  bottom: number,
  top: number,
): ParameterAxis {
  const { name } = parameter;
  const used = trials.flatMap(({ parameters }) => (Object.hasOwn(parameters, name) ? [parameters[name]!] : []));
  if (parameter.kind === 'choice') return choiceAxis(name, [...parameter.choices, ...used], bottom, top);
  const values = [parameter.low, parameter.high, ...used].filter(isNumber);
  if (values.length === 0) values.push(0);
  const domain: readonly [number, number] = [Math.min(...values), Math.max(...values)];
  const isLog = parameter.log && domain[0] > 0;
  const scale: Scale = (isLog ? logScale : linearScale)(domain, [bottom, top]);
  const marked = isLog ? logTicks(...domain) : ticks(...domain);
  return {
    name,
    place: (value) => (isNumber(value) ? scale(value) : null),
    ticks: marked
      .filter((value) => parameter.kind !== 'whole' || Number.isInteger(value))
      .map((value) => ({ at: scale(value), text: tickText(value) })),
  };
}

function choiceAxis(name: string, values: readonly ParameterValue[], bottom: number, top: number): ParameterAxis {
  const order = new Map<string, number>();
  for (const value of values) if (!order.has(key(value))) order.set(key(value), order.size);
  const scale = linearScale([0, Math.max(0, order.size - 1)], [top, bottom]);
  const every = Math.ceil(order.size / mostChoiceTicks);
  return {
    name,
    place: (value) => {
      const at = value === undefined ? undefined : order.get(key(value));
      return at === undefined ? null : scale(at);
    },
    ticks: [...order].flatMap(([text, at]) => {
      const value = JSON.parse(text) as ParameterValue;
      return at % every === 0 ? [{ at: scale(at), text: showParameter(value) }] : [];
    }),
  };
}

/** "0.01", "1e−4", "20,000": short enough for a column. */
function tickText(value: number): string {
  const size = Math.abs(value);
  if (size > 0 && (size < 1e-3 || size >= 1e5)) return value.toExponential().replace('e+', 'e').replaceAll('-', '−');
  return showParameter(value);
}

function key(value: ParameterValue): string {
  return JSON.stringify(value);
}

function isNumber(value: ParameterValue | undefined): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}
