/** Which version of the service's interface a template needs. */
import type { ImageTemplateProperties } from "../image-template.ts";
import type { BuildPlan } from "./types.ts";

/** 2025-10-01 only where one of the three properties it brought is used (facts, section 1.1); 2024-02-01 otherwise. */
export function lowestApiVersion({
  additionalDataDisks,
  optimize,
  distribute,
}: Pick<ImageTemplateProperties, "additionalDataDisks" | "optimize" | "distribute">): BuildPlan["apiVersion"] {
  const isNew =
    additionalDataDisks !== undefined ||
    optimize?.workload !== undefined ||
    distribute.some((one) => "replicationMode" in one);
  return isNew ? "2025-10-01" : "2024-02-01";
}
