import type { Engine } from '../engine/start.ts';
import { SelvedgeError } from '../errors.ts';
import { formatShape } from '../graph/shape.ts';
import { summarise } from '../graph/summary.ts';
import { averagingClassifier } from './averaging.ts';
import { type Classifier, openClassifier } from './classifier.ts';
import type { Ensemble, Member, Model, ServableModel } from './model.ts';

/** What answering one picture takes. */
export interface ModelCost {
  /** Networks through which a picture goes, each once. */
  readonly passes: number;
  /** Of all of them. */
  readonly parameters: number;
  /** Of one picture through all of them. */
  readonly multiplyAdds: number;
}

export function isEnsemble(model: ServableModel): model is Ensemble {
  return 'members' in model;
}

/** The networks of an ensemble, or the model's only one. */
export function membersOf(model: ServableModel): readonly Member[] {
  return isEnsemble(model) ? model.members : [model];
}

export function costOf(model: ServableModel): ModelCost {
  const members = membersOf(model);
  const layers = members.flatMap(({ network }) => summarise(network));
  return {
    passes: members.length,
    parameters: members.reduce((sum, { network }) => sum + network.parameterCount, 0),
    multiplyAdds: layers.reduce((sum, layer) => sum + layer.multiplyAdds, 0),
  };
}

/** A model with what messages call it. */
export interface NamedModel {
  readonly name: string;
  readonly model: ServableModel;
}

/**
 * The ensemble of the models, without reliability metadata. An ensemble among them counts with each of its members.
 * @throws SelvedgeError 'bad-option' for fewer than two models, models that do not fit together, or the same one twice
 */
export function createEnsemble(models: readonly NamedModel[]): Ensemble {
  const members = models.flatMap(({ name, model }) => membersOf(model).map((member) => ({ name, member })));
  const [first] = models;
  if (!first || members.length < 2) {
    throw new SelvedgeError('bad-option', 'An ensemble needs at least two models; name more runs or model files.');
  }
  for (const one of models.slice(1)) requireFitting(first, one);
  for (const [i, { name, member }] of members.entries()) {
    const same = members.slice(0, i).find((other) => isSame(other.member, member));
    if (same) {
      const which = same.name === name ? `${name} is given twice` : `${same.name} and ${name} have the same weights`;
      throw new SelvedgeError('bad-option', `${which}, and would count twice in the average; leave one of them out.`);
    }
  }
  const { classNames, preprocessing } = first.model;
  return {
    network: members[0]!.member.network,
    members: members.map(({ member: { network, parameters } }) => ({ network, parameters })),
    classNames,
    preprocessing,
  };
}

/** What two models must have in common, in the order in which it is checked. */
const common: readonly (readonly [what: string, of: (model: ServableModel) => string])[] = [
  ['pictures of the size', ({ network }) => formatShape(network.inputShape)],
  ['the classes', ({ classNames }) => classNames.join(', ')],
  ['the preprocessing', ({ preprocessing }) => JSON.stringify(preprocessing)],
];

function requireFitting(first: NamedModel, other: NamedModel): void {
  for (const [what, of] of common) {
    if (of(first.model) === of(other.model)) continue;
    throw new SelvedgeError(
      'bad-option',
      `${first.name} has ${what} ${of(first.model)}, but ${other.name} ${of(other.model)}; an ensemble's models must agree.`,
    );
  }
}

function isSame(a: Member, b: Member): boolean {
  return (
    a.parameters.length === b.parameters.length &&
    JSON.stringify(a.network.spec) === JSON.stringify(b.network.spec) &&
    a.parameters.every((value, i) => value === b.parameters[i])
  );
}

/** Opens a model or an ensemble, whose members take each batch one after the other. */
export async function openServable<M extends ServableModel>(
  model: M,
  engine: Engine,
  threads: number,
): Promise<Classifier<M>> {
  if (!isEnsemble(model)) return openClassifier(model as M & Model, engine, threads);
  const { preprocessing, reliability } = model;
  const opened: Classifier<unknown>[] = [];
  const close = async () => void (await Promise.all(opened.map((classifier) => classifier.close())));
  try {
    for (const [i, member] of model.members.entries()) {
      const own = { ...member, preprocessing, ...(i === 0 && reliability && { reliability }) };
      opened.push(await openClassifier(own, engine, threads));
    }
  } catch (error) {
    await close();
    throw error;
  }
  return averagingClassifier(
    model,
    opened.map((classifier) => classifier.answers),
    close,
  );
}
