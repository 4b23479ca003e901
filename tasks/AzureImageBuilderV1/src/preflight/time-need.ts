/** Minutes that a build takes at the least, from what it does (facts, sections 1.7, 10 and 11). */
import type { ImageTemplateProperties } from "../image-template.ts";
import type { OsType } from "../ports.ts";

/** One thing that takes time. */
export interface TimeNeed {
  readonly minutes: number;
  /** `for Windows`. */
  readonly what: string;
}

/** Estimates on the low side: of Windows as documented, of Linux as recorded, of regions as practice has it. */
export function timeNeeds(properties: ImageTemplateProperties, osType: OsType): readonly TimeNeed[] {
  const { customize = [], optimize, distribute } = properties;
  const regions = distribute.reduce((sum, one) => {
    if (one.type !== "SharedImage" || one.replicationMode === "Shallow") return sum;
    return sum + Math.max(0, (one.targetRegions ?? one.replicationRegions ?? []).length - 1);
  }, 0);
  const updates = customize.some(({ type }) => type === "WindowsUpdate");
  return [
    osType === "windows"
      ? updates
        ? { minutes: 120, what: "for Windows with Windows Update" }
        : { minutes: 60, what: "for Windows" }
      : distribute.some(({ type }) => type === "SharedImage")
        ? { minutes: 18, what: "for Linux and a gallery version" }
        : { minutes: 10, what: "for Linux" },
    ...(optimize?.vmBoot?.state === "Enabled" ? [{ minutes: 40, what: "to optimize its start" }] : []),
    ...(regions === 0
      ? []
      : [{ minutes: regions * 10, what: `to copy to ${regions} more region${regions === 1 ? "" : "s"}` }]),
  ];
}
