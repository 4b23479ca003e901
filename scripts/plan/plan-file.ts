/** `planFile`: what the first step of a file would submit, without any network. */
import { InputError, type InputProblem } from "../../tasks/AzureImageBuilderV1/src/errors.ts";
import type { Note } from "../../tasks/AzureImageBuilderV1/src/findings.ts";
import type { ImageTemplate } from "../../tasks/AzureImageBuilderV1/src/image-template.ts";
import {
  type ExistingTemplateInputs,
  parseExistingTemplate,
} from "../../tasks/AzureImageBuilderV1/src/inputs/existing-template.ts";
import { parseInputs } from "../../tasks/AzureImageBuilderV1/src/inputs/index.ts";
import { inputNames, inputTable, type InputName } from "../../tasks/AzureImageBuilderV1/src/inputs/table.ts";
import { planBuild } from "../../tasks/AzureImageBuilderV1/src/plan/index.ts";
import { checkOverrides } from "../../tasks/AzureImageBuilderV1/src/template/check-overrides.ts";
import { buildTemplate } from "../../tasks/AzureImageBuilderV1/src/template/index.ts";
import type { PlanArguments } from "./arguments.ts";
import { planCodes } from "./codes.ts";
import { findStep, type FoundStep, type GivenInput, type Position, type StepSearch } from "./find-step.ts";
import { defaultOsTypeOf, noteOlderDefaults } from "./older-tasks.ts";
import { describePlanned, noteRequest, type PlannedRequest } from "./request.ts";
import { standInArtifact, standInFacts } from "./stand-ins.ts";
import { isTemplateFile, noteStandInStep, openPlannedFile, type ReadFile, stepOfTemplate } from "./template-file.ts";
import { collectVariables, type Variables } from "./variables.ts";

/** One error of a plan; what does not apply is null. */
export interface PlanError {
  readonly code: string;
  readonly input: string | null;
  readonly given: string | null;
  readonly legal: string | null;
  readonly message: string;
  readonly line: number | null;
  readonly column: number | null;
}

/** The command's JSON. A template, errors, or neither where a template that is there is run. */
export interface PlanAnswer {
  readonly apiVersion: string | null;
  readonly template: ImageTemplate | null;
  readonly notes: readonly Note[];
  readonly errors: readonly PlanError[];
  /** There only where it is asked for; null where nothing is submitted. */
  readonly request?: PlannedRequest | null;
}

/** What planning needs besides the text. */
export interface PlanOptions extends Omit<PlanArguments, "file" | "request"> {
  /** The request is told too. */
  readonly request?: boolean;
  /** The file's name: by it a template file is told from a pipeline. */
  readonly file?: string;
  /** Reads the files that the step names; left out, there are none. */
  readonly readFile?: ReadFile;
}

/** Plans the first step in `text`, or the template file that `text` is. */
export function planFile(text: string, options: PlanOptions): PlanAnswer {
  const answer = planText(text, options);
  return options.request === true ? { ...answer, request: answer.request ?? null } : answer;
}

function planText(text: string, options: PlanOptions): PlanAnswer {
  const { file, readFile = () => undefined } = options;
  if (file === undefined || !isTemplateFile(file, text)) return planFound(findStep(text), { ...options, readFile });
  const ownFile: ReadFile = (path) => (path === file ? text : readFile(path));
  const answer = planFound({ step: stepOfTemplate(file) }, { ...options, readFile: ownFile });
  return { ...answer, notes: [...noteStandInStep(options.inputs), ...answer.notes] };
}

function planFound(
  found: StepSearch,
  { variables, inputs, readFile, request = false }: PlanOptions & { readonly readFile: ReadFile },
): PlanAnswer {
  if (!("step" in found)) {
    return found.fault === "syntax"
      ? refuse([fileError(planCodes.syntax, `The file is not YAML: ${found.message}`, found.position)])
      : refuse([
          fileError(
            planCodes.noStep,
            "The file has no step `task: AzureImageBuilder@1`, AzureImageBuilderTask@1 or AzureImageBuilderTaskV2@2.",
          ),
        ]);
  }
  const { step } = found;
  const known = collectVariables(step.variables, step.parameters, variables);
  const agent = readAgent(step, known, inputs);
  const notText = step.notText.map(({ name, position }) => ({
    ...fileError(
      planCodes.notText,
      `${name}: this is a list or a map. Legal: a text (\`|\` for several lines).`,
      position,
    ),
    input: name,
  }));
  try {
    const answer = planStep(step, agent, { known, readFile, request });
    return notText.length > 0 ? refuse(notText) : answer;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return refuse(
      [...notText, ...error.problems.map((problem) => describeProblem(problem, step, agent))],
      [...noteUnknownInputs(step), ...noteStandIns(known)],
    );
  }
}

/** The step's inputs as an agent would hand them over. */
interface StepAgent {
  input(name: string): string;
  /** Where the file has the input; undefined when it has it not, or the command line says it. */
  given(name: string): GivenInput | undefined;
}

function readAgent(step: FoundStep, known: Variables, overrides: Readonly<Record<string, string>>): StepAgent {
  const given = new Map(step.inputs.map((input) => [input.name.toLowerCase(), input]));
  const overridden = new Map<string, string>();
  for (const [name, value] of Object.entries(overrides)) {
    // An override by one of an input's names silences its other names.
    for (const alias of namesOf(name)) overridden.set(alias, "");
    overridden.set(name.toLowerCase(), value);
  }
  return {
    input: (name) => {
      const key = name.toLowerCase();
      const text = overridden.get(key) ?? given.get(key)?.text ?? "";
      return known.expand(text).trim();
    },
    given: (name) => (overridden.has(name.toLowerCase()) ? undefined : given.get(name.toLowerCase())),
  };
}

interface Planning {
  readonly known: Variables;
  readonly readFile: ReadFile;
  readonly request: boolean;
}

function planStep(step: FoundStep, agent: StepAgent, { known, readFile, request }: Planning): PlanAnswer {
  const existing = parseExistingTemplate(agent);
  if (existing !== undefined) return planExisting(existing);
  const inputs = parseInputs(agent, openPlannedFile(agent, readFile));
  const variable = (name: string): string | undefined => {
    if (name === "System.TaskInstanceName") return step.name;
    return name.startsWith("Release.") ? undefined : known.get(name);
  };
  const shown = noteStandIns(known);
  const plan = checkOverrides(planBuild(inputs, standInFacts(inputs, variable, defaultOsTypeOf(step.task))));
  const artifact = plan.artifact === undefined ? undefined : standInArtifact(plan.artifact);
  const planned = describePlanned(plan, artifact?.content);
  const template = buildTemplate(plan, artifact, planned.digest);
  const told = request ? [noteRequest()] : [];
  const isGiven = (input: InputName): boolean => namesOf(input).some((name) => agent.input(name) !== "");
  return {
    apiVersion: plan.apiVersion,
    template,
    notes: [
      ...plan.notes,
      ...noteOlderDefaults(step.task, plan.osType, isGiven),
      ...noteUnknownInputs(step),
      ...shown,
      ...told,
    ],
    errors: [],
    ...(request ? { request: planned } : {}),
  };
}

/** A template that is there is run as it is: nothing is submitted. */
function planExisting({ templateName, notes }: ExistingTemplateInputs): PlanAnswer {
  const message = `The step runs the image template ${templateName}, which is there already: no template is submitted.`;
  return { ...refuse([]), notes: [{ code: planCodes.existingTemplate, input: "templateName", message }, ...notes] };
}

function refuse(errors: readonly PlanError[], notes: readonly Note[] = []): PlanAnswer {
  return { apiVersion: null, template: null, notes, errors };
}

function fileError(code: string, message: string, position?: Position): PlanError {
  return {
    code,
    input: null,
    given: null,
    legal: null,
    message,
    line: position?.line ?? null,
    column: position?.column ?? null,
  };
}

function describeProblem(problem: InputProblem, step: FoundStep, agent: StepAgent): PlanError {
  const { code, input, given, legal, message, file } = problem;
  const inFile = namesOf(input)
    .map((name) => agent.given(name))
    .find((one) => one !== undefined && one.text.trim() !== "");
  const isOverridden = given !== undefined && inFile === undefined;
  const inOther = file === undefined ? undefined : { line: problem.line ?? 1, column: problem.column ?? 1 };
  const inStep = inFile === undefined ? step.position : positionIn(problem, inFile);
  const position = inOther ?? (isOverridden ? undefined : inStep);
  return {
    code,
    input,
    given: given ?? null,
    legal,
    message,
    line: position?.line ?? null,
    column: position?.column ?? null,
  };
}

function positionIn({ line, column }: InputProblem, { position, textPosition }: GivenInput): Position {
  if (line === undefined) return position;
  const start = line === 1 || textPosition !== position ? textPosition.column : 1;
  return { line: textPosition.line + line - 1, column: start + (column ?? 1) - 1 };
}

/** All names of an input, lower case: its own and its older ones. */
function namesOf(name: string): readonly string[] {
  const key = name.toLowerCase();
  const names = inputNames.map((input) => [input, ...(inputTable[input].older ?? [])].map((one) => one.toLowerCase()));
  return names.find((aliases) => aliases.includes(key)) ?? [key];
}

function noteUnknownInputs(step: FoundStep): readonly Note[] {
  const known = new Set(inputNames.flatMap((input) => namesOf(input)));
  return step.inputs
    .filter(({ name }) => !known.has(name.toLowerCase()))
    .map(({ name, position }) => ({
      code: planCodes.unknownInput,
      input: name,
      message: `The task has no input ${name} (line ${position.line}): it is not read.`,
    }));
}

function noteStandIns(known: Variables): readonly Note[] {
  return known.standIns.map((name) => ({
    code: planCodes.standIn,
    input: name,
    message: `$(${name}) stands here as \`${known.get(name) ?? ""}\`; a run has its own.`,
  }));
}
