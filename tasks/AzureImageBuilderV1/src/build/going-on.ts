/** What is said of a build that goes on without the step. */
import type { TemplateRef } from "../ports.ts";

/** Lines that tell how to come back to it; `canceling`: the service cancels it. */
export function describeGoingOn(
  { resourceGroup, name }: TemplateRef,
  how: "building" | "canceling" = "building",
): readonly string[] {
  const first =
    how === "building"
      ? [
          "The build goes on in Azure without this job. Run the job again: it finds the build and follows it by itself.",
          "Or attach to it in another step:",
        ]
      : [
          "Run the job again to build anew: it waits for the end of what goes on by itself.",
          "To see the end of this build, attach to it in another step:",
        ];
  return [
    ...first,
    "  - task: AzureImageBuilder@1",
    "    inputs:",
    "      action: wait",
    "      azureSubscription: <as in this step>",
    `      resourceGroup: ${resourceGroup}`,
    `      templateName: ${name}`,
  ];
}
