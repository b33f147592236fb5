/**
 * Gradients of kernels are summed over a fixed number of groups of images, so that threads share the work while no bit
 * depends on them: four images in turn, by their position in the batch, belong to one group. Where `positionInBatch` is 0, the position in the
 * micro-batch counts.
 */
// @ts-ignore: decorator
@inline
export function inGroup(n: i32, positionInBatch: usize, group: i32, groups: i32): bool {
  return runOf(n, positionInBatch) % groups == group;
}

/** The run of four images that image n belongs to. */
// @ts-ignore: decorator
@inline
export function runOf(n: i32, positionInBatch: usize): i32 {
  return (positionInBatch ? load<i32>(positionInBatch + <usize>n * 4) : n) >> 2;
}
