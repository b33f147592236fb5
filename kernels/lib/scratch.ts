/**
 * Memory of this thread's own, for what does not outlive a kernel call. Every thread has an instance of this module, and
 * so a copy of this variable.
 */
export let scratch: usize = 0;

export function setScratch(address: usize): void {
  scratch = address;
}
