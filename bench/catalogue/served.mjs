// The similarity head and the pretrained backbone side by side, the embedding by which duplicates are measured.
import { embed } from '../../dist/core/catalogue/similarity/head.js';
import { headDefaults, trainHead } from '../../dist/core/catalogue/similarity/trainHead.js';
import { sideBySide } from '../../dist/core/catalogue/similarity/vectors.js';
import { backboneForData, findBackbone } from '../../dist/node/backbones.js';
import { backboneModel } from './embeddings.mjs';
import { keptFeatures } from './material.mjs';

/** A head that is trained once for each network and settings. */
export async function keptHead(material, name, D, rows, options) {
  const flat = await material.kept(`${name}-head-${Object.values(headDefaults).join('-')}`, async () => {
    const { weights, bias } = trainHead(await rows(), { ...headDefaults, ...options });
    return Float32Array.of(...weights, ...bias);
  });
  const split = headDefaults.dimensions * D;
  return { weights: flat.subarray(0, split), bias: flat.subarray(split) };
}

/** The pretrained backbone's features of pictures, [N, D]. */
export async function openBackbone(material, engine) {
  const { backbone, pictures } = backboneForData(await findBackbone('efficientnet-lite0'), material.data);
  const pretrained = { name: 'efficientnet-lite0', model: backboneModel(backbone, pictures) };
  return async (images, which) => {
    const { features, D } = await keptFeatures(material, engine, pretrained, which, images);
    return { vectors: features, dimensions: D };
  };
}

/** That of the network of seed 0. */
export async function openHeadAndBackbone(material, engine) {
  const network = await material.network('fast', 0, 'seen');
  const { train } = material;
  const fitted = await keptFeatures(material, engine, network, 'train', train.images);
  const rows = async () => ({ values: fitted.features, labels: train.labels });
  const head = await keptHead(material, network.name, fitted.D, rows, { classes: fitted.Y, seed: 0 });
  const backbone = await openBackbone(material, engine);
  return async (images, which) => {
    const { features } = await keptFeatures(material, engine, network, which, images);
    const own = { vectors: embed(head, features), dimensions: headDefaults.dimensions };
    return sideBySide([own, await backbone(images, which)]);
  };
}
