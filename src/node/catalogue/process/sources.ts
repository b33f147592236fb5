/** Whether a picture is fetched, rather than read from this machine's disk. */
export const isRemote = (address: string): boolean => /^https?:\/\//i.test(address);
