/** A build whose phases are as short as they can be while each of them is still seen by a read. Emulated milliseconds. */
export const shortBuild = {
  queued: 20_000,
  building: 45_000,
  customizing: 5_000,
  validating: 20_000,
  optimizing: { Linux: 30_000, Windows: 30_000 },
  distribute: { ManagedImage: 30_000, SharedImage: 40_000, VHD: 30_000 },
  delete: 20_000,
  cancel: 30_000,
} as const;
