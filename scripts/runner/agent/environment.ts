/** The environment of a task's process, built in the agent's order (agent contract, section 2.1). */
import { delimiter } from "node:path";
import { endpointEnvironment, type Endpoint } from "./endpoints.ts";
import type { Inputs } from "./inputs.ts";
import { environmentName } from "./names.ts";
import type { Variable } from "./variables.ts";

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string>>;

/** What of the runner's own environment a job may see: enough to find programs, nothing of the person who runs it. */
export function cleanBase(own: Readonly<Record<string, string | undefined>>): Environment {
  const kept = ["PATH", "HOME", "LANG", "USERPROFILE", "SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT"];
  return Object.fromEntries(
    Object.entries(own).flatMap(([name, value]) =>
      value !== undefined && kept.includes(name.toUpperCase()) ? [[name, value]] : [],
    ),
  );
}

/** The groups of variables a task is given, in the order they are laid over each other. */
export interface TaskEnvironment {
  readonly base: Environment;
  /** The step's `env:`, expanded. */
  readonly step: Environment;
  readonly variables: readonly Variable[];
  readonly inputs: Inputs;
  readonly endpoints: readonly Endpoint[];
  /** Of this step, set by its earlier parts. */
  readonly taskVariables: readonly Variable[];
  /** Folders put before PATH, in the order they were asked for. */
  readonly prependPath: readonly string[];
}

/** Everything together; later groups win. Throws an Error when a value holds a NUL character. */
export function buildEnvironment(parts: TaskEnvironment): Environment {
  const environment: Record<string, string> = {
    ...parts.base,
    ...parts.step,
    ...variableEnvironment(parts.variables),
    ...Object.fromEntries([...parts.inputs].map(([name, value]) => [`INPUT_${environmentName(name)}`, value])),
    ...Object.fromEntries(parts.endpoints.flatMap((endpoint) => Object.entries(endpointEnvironment(endpoint)))),
    ...Object.fromEntries(
      parts.taskVariables.map(({ name, value, preserveCase }) => [
        `VSTS_TASKVARIABLE_${environmentName(name, preserveCase)}`,
        value,
      ]),
    ),
  };
  if (parts.prependPath.length > 0) {
    environment.PATH = [...parts.prependPath]
      .reverse()
      .concat(environment.PATH ?? [])
      .join(delimiter);
  }
  environment.TF_BUILD = "True";
  for (const [name, value] of Object.entries(environment)) {
    if (value.includes("\0"))
      throw new Error(`The value of ${name} holds a NUL character: no process can be given it.`);
  }
  return environment;
}

/** Public variables by mapped name, secrets as SECRET_*, and the names of both. */
function variableEnvironment(variables: readonly Variable[]): Record<string, string> {
  const secrets = variables.filter((variable) => variable.secret);
  const open = variables.filter((variable) => !variable.secret);
  const mapped = ({ name, preserveCase }: Variable): string => environmentName(name, preserveCase);
  const status = open.find((variable) => variable.name.toLowerCase() === "agent.jobstatus");
  return {
    ...(status === undefined ? {} : { [status.name]: status.value }),
    ...Object.fromEntries(open.map((variable) => [mapped(variable), variable.value])),
    VSTS_PUBLIC_VARIABLES: JSON.stringify(open.map((variable) => variable.name)),
    ...Object.fromEntries(secrets.map((variable) => [`SECRET_${mapped(variable)}`, variable.value])),
    VSTS_SECRET_VARIABLES: JSON.stringify(secrets.map((variable) => variable.name)),
  };
}

/** What a script step sees: the public variables, the step's `env:` and the agent's own; never secrets or inputs. */
export function buildScriptEnvironment(
  parts: Pick<TaskEnvironment, "base" | "step" | "variables" | "prependPath">,
): Environment {
  const {
    VSTS_PUBLIC_VARIABLES: _public,
    VSTS_SECRET_VARIABLES: _secret,
    ...environment
  } = buildEnvironment({
    ...parts,
    variables: parts.variables.filter((variable) => !variable.secret),
    inputs: new Map(),
    endpoints: [],
    taskVariables: [],
  });
  return environment;
}
