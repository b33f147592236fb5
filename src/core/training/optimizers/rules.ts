import type { Parameter, ParameterRole } from '../../graph/layer.ts';

/** Whether weight decay applies to parameters of a role by default: not to what shifts or scales whole channels. */
const decaysByDefault: Readonly<Record<ParameterRole, boolean>> = {
  kernel: true,
  bias: false,
  gamma: false,
  beta: false,
  movingMean: false,
  movingVariance: false,
};

export const parameterRoles = Object.keys(decaysByDefault) as [ParameterRole, ...ParameterRole[]];

export const defaultDecayRoles: readonly ParameterRole[] = parameterRoles.filter((role) => decaysByDefault[role]);

/** How the optimizer treats parameters. */
export interface Rule {
  readonly learningRateMultiplier: number;
  readonly weightDecay: number;
}

export interface RoleSettings {
  /** 1 for roles that it lacks. */
  readonly learningRateMultipliers: { readonly [Role in ParameterRole]?: number | undefined };
  readonly weightDecay: number;
  readonly weightDecayRoles: readonly ParameterRole[];
  /** What the learning rate is multiplied by for each layer further from the output, among those that are trained; 1 by default. */
  readonly layerwiseDecay?: number;
}

function ruleFor(role: ParameterRole, layerFactor: number, settings: RoleSettings): Rule {
  return {
    learningRateMultiplier: (settings.learningRateMultipliers[role] ?? 1) * layerFactor,
    weightDecay: settings.weightDecayRoles.includes(role) ? settings.weightDecay : 0,
  };
}

/** Neighbouring trainable parameters with the same rule, in floats. */
export interface Stretch {
  readonly offset: number;
  readonly size: number;
  readonly rule: Rule;
}

/** The stretches of trainable parameters with one rule, in the parameters' order. Others belong to none, so nothing changes them. */
export function stretchesOf(parameters: readonly Parameter[], settings: RoleSettings): readonly Stretch[] {
  const stretches: Stretch[] = [];
  const factors = layerFactors(parameters, settings.layerwiseDecay ?? 1);
  for (const { name, role, offset, size, trainable } of parameters) {
    if (!trainable) continue;
    const rule = ruleFor(role, factors.get(layerName(name))!, settings);
    const last = stretches.at(-1);
    if (last && last.offset + last.size === offset && isSame(last.rule, rule)) {
      stretches[stretches.length - 1] = { ...last, size: last.size + size };
    } else stretches.push({ offset, size, rule });
  }
  return stretches;
}

/** The layer of a parameter, `<layer>/<role>`. */
const layerName = (parameter: string) => parameter.slice(0, parameter.lastIndexOf('/'));

/** The learning rate's factor for each layer that is trained, the last one's being 1. */
function layerFactors(parameters: readonly Parameter[], decay: number): ReadonlyMap<string, number> {
  const layers = new Set(parameters.filter(({ trainable }) => trainable).map(({ name }) => layerName(name)));
  let factor = 1;
  return new Map(
    [...layers].reverse().map((layer) => {
      const own = factor;
      factor *= decay;
      return [layer, own];
    }),
  );
}

function isSame(a: Rule, b: Rule): boolean {
  return a.learningRateMultiplier === b.learningRateMultiplier && a.weightDecay === b.weightDecay;
}
