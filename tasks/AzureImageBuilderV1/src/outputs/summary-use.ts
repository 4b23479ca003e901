/** How a later part of the pipeline uses the image or waits for it: forms to copy, with this pipeline's own names. */
import { quoteShell } from "../values/quote.ts";
import { readResourceId } from "../values/resource-id.ts";
import { type References, referTo, type StepPlace } from "./references.ts";
import { code, codeBlock, oneLine } from "./summary-markdown.ts";
import type { Limits } from "./summary-sections.ts";
import type { SummaryData, SummaryImage } from "./summary.ts";

const heading = "### Use the image";

/** Nothing where there is neither an image nor a build under way. */
export function describeUse(data: SummaryData, limits: Limits): readonly string[] {
  if (data.outcome === "Started") return describeWait(data);
  const image = data.images.find(({ id, uri }) => id !== undefined || uri !== undefined);
  if (image === undefined) return [];
  const place = data.place && cleanPlace(data.place);
  const name = image.id === undefined ? "vhdUri" : "imageId";
  if (place === undefined) return [heading, "On a command line:", deployCommand(image, limits)];
  const to = referTo(name, place);
  return [
    heading,
    `In a later step of this job: ${code(to.step, limits.text)}`,
    ...(place.job === undefined ? describeClassic(image, limits) : describeJobs(to, { name, image, place, limits })),
    ...(place.unnamed
      ? [
          "The step has no name of its own, so these names change with the steps around it: give it one, e.g. `name: image`.",
        ]
      : []),
  ];
}

interface Form {
  readonly name: "imageId" | "vhdUri";
  readonly image: SummaryImage;
  readonly place: StepPlace;
  readonly limits: Limits;
}

function describeJobs(to: References, form: Form): readonly string[] {
  const { image, place, limits } = form;
  const where = place.stage === undefined ? "" : " of a later stage";
  return [
    "In a later job of this stage:",
    codeBlock("yaml", jobForm(to, form).join("\n")),
    ...(place.stage === undefined
      ? []
      : ["In a later stage:", codeBlock("yaml", stageForm(place.stage, to, form.name).join("\n"))]),
    `In a deployment job${where}, ${image.id === undefined ? "as a managed image" : "to a scale set"}:`,
    codeBlock("yaml", deploymentForm(to, form).join("\n")),
    ...(image.id === undefined
      ? []
      : ["To a new VM:", codeBlock("sh", oneLine(vmCommand(quoteShell(image.id)), limits.text))]),
  ];
}

function jobForm(to: References, { name, place }: Form): readonly string[] {
  return [
    "- job: Deploy",
    `  dependsOn: ${place.job?.name ?? ""}`,
    "  variables:",
    `    ${name}: ${to.job ?? ""}`,
    "  steps:",
    `    - script: ./deploy.sh "$(${name})"`,
  ];
}

function deploymentForm(to: References, { name, image, place }: Form): readonly string[] {
  return [
    "- deployment: Roll",
    ...(place.stage === undefined ? [`  dependsOn: ${place.job?.name ?? ""}`] : []),
    "  environment: <environment>",
    "  variables:",
    `    ${name}: ${to.stage ?? to.job ?? ""}`,
    "  strategy:",
    "    runOnce:",
    "      deploy:",
    "        steps:",
    ...azureCliStep(deployLines(image, `"$(${name})"`)).map((line) => `          ${line}`),
  ];
}

function stageForm(stage: string, to: References, name: string): readonly string[] {
  return [
    "- stage: Deploy",
    `  dependsOn: ${stage}`,
    `  condition: and(succeeded(), ne(${to.stageCondition ?? ""}, ''))`,
    "  jobs:",
    "    - job: Deploy",
    "      variables:",
    `        ${name}: ${to.stage ?? ""}`,
    "      steps:",
    `        - script: ./deploy.sh "$(${name})"`,
  ];
}

function azureCliStep(commands: readonly string[]): readonly string[] {
  return [
    "- task: AzureCLI@2",
    "  inputs:",
    "    azureSubscription: <service connection>",
    "    scriptType: bash",
    "    scriptLocation: inlineScript",
    "    inlineScript: |",
    ...commands.map((command) => `      ${command}`),
  ];
}

function describeClassic(image: SummaryImage, limits: Limits): readonly string[] {
  return [
    "Other jobs and stages of a classic release do not see it. Find the image there by a step of this task with `action: resolve`, or name it:",
    deployCommand(image, limits),
  ];
}

function deployCommand(image: SummaryImage, { text }: Limits): string {
  const word = quoteShell(image.id ?? image.uri ?? "");
  const lines = deployLines(image, word);
  const all = image.id === undefined ? lines : [...lines, vmCommand(word)];
  return codeBlock("sh", all.map((line) => oneLine(line, text)).join("\n"));
}

/** `word` is the image as a word of a shell. Without an automatic upgrade policy, a scale set's machines take a new image only when they are told to. */
function deployLines({ id }: SummaryImage, word: string): readonly string[] {
  if (id === undefined) {
    return [
      `az image create --resource-group "<group>" --name "<image>" --os-type "<Linux or Windows>" --source ${word}`,
    ];
  }
  const scaleSet = '--resource-group "<group>" --name "<scale set>"';
  return [
    `az vmss update ${scaleSet} --set virtualMachineProfile.storageProfile.imageReference.id=${word}`,
    `az vmss update-instances ${scaleSet} --instance-ids "*"`,
  ];
}

function vmCommand(word: string): string {
  return `az vm create --resource-group "<group>" --name "<machine>" --image ${word}`;
}

/** How to wait for a build that goes on: by the template's ID, which says where it is. */
function describeWait({ template, place }: SummaryData): readonly string[] {
  const clean = place && cleanPlace(place);
  const to = clean && referTo("templateId", clean);
  // The ID says it too, but the input is a required one.
  const group = readResourceId(template?.id ?? "")?.resourceGroup;
  const step = (templateId: string): readonly string[] => [
    "- task: AzureImageBuilder@1",
    "  name: image",
    "  inputs:",
    "    action: wait",
    "    azureSubscription: <service connection>",
    ...(group === undefined ? [] : [`    resourceGroup: ${group}`]),
    `    templateName: ${templateId}`,
  ];
  const job = [
    "- job: Wait",
    `  dependsOn: ${clean?.job?.name ?? ""}`,
    "  variables:",
    `    templateId: ${to?.job ?? ""}`,
    "  steps:",
    ...step("$(templateId)").map((line) => `    ${line}`),
  ];
  return [
    "### Wait for the image",
    ...(template === undefined
      ? []
      : ["In any pipeline:", codeBlock("yaml", step(oneLine(template.id, 500)).join("\n"))]),
    ...(to?.job === undefined ? [] : ["In a later job of this stage:", codeBlock("yaml", job.join("\n"))]),
  ];
}

/** Names in one line each, so that a name cannot add lines to a form. */
function cleanPlace(place: StepPlace): StepPlace {
  const name = (text: string): string => oneLine(text, 100);
  const { step, unnamed, job, stage } = place;
  return {
    step: name(step),
    unnamed,
    ...(job === undefined ? {} : { job: { name: name(job.name), prefix: name(job.prefix) } }),
    ...(stage === undefined ? {} : { stage: name(stage) }),
  };
}
