/** IDs of pipeline runs against one emulator: a first attempt is a new run, any other one belongs to the run before it. */
const lastIds = new WeakMap<object, number>();

/** The run's ID, from 1. `world`: whatever stands for one emulated Azure DevOps. */
export function runIdOf(world: object, attempt: number): number {
  const last = lastIds.get(world) ?? 0;
  const id = attempt > 1 ? Math.max(last, 1) : last + 1;
  lastIds.set(world, id);
  return id;
}
